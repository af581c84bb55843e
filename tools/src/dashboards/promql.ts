import type { Query, Variable } from './description.js';

/** Set by the scrape configuration: other programs have an `http_requests_total`, too. */
export const APP = 'app="x402-facilitator"';

/** Series of the networks that are chosen. */
export const ON_NETWORK = `${APP}, network=~"$network"`;

/** Series of the processes that are chosen. */
export const OF_PROCESS = `${APP}, instance=~"$instance"`;

/**
 * Requests that tell how well the API answers: not those that wait for an outcome because their caller asked for it, nor
 * the probes, of which there are many and which answer 503 where that is the truth.
 */
export const ANSWERED = `${OF_PROCESS}, route!~".*:wait|/live|/ready|/health|/metrics"`;

export const NETWORK: Variable = {
  name: 'network',
  label: 'Network',
  of: 'network',
  on: `settlements_pending{${APP}}`,
};

export const INSTANCE: Variable = {
  name: 'instance',
  label: 'Process',
  of: 'instance',
  on: `x402_build_info{${APP}}`,
};

/** Per second, over as long as the panel's resolution needs. */
export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;

/** In the last 24 hours. */
export const ofTheDay = (selector: string): string => `increase(${selector}[24h])`;

/**
 * Zero where nothing of the kind was ever counted. Only for counters whose series begin with the first event: for them
 * absent is zero.
 */
export const orZero = (expr: string): string => `(${expr} or vector(0))`;

/** The median and the two percentiles that alerts look at. */
export function percentiles(buckets: string, suffix = ''): readonly Query[] {
  return [50, 95, 99].map((percent) => ({
    expr: percentile(percent, buckets),
    legend: `p${percent}${suffix}`,
  }));
}

/** @param by labels to keep apart, beside the histogram's own. */
export function percentile(percent: number, buckets: string, by: readonly string[] = []): string {
  return `histogram_quantile(${percent / 100}, sum by (${['le', ...by].join(', ')}) (${rate(buckets)}))`;
}
