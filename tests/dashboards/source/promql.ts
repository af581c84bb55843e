import type { Query, Variable } from './description.js';

/** Set by the scrape configuration, because other programs have an `http_requests_total` too. */
export const APP = 'app="x402-facilitator"';

/** Series of the chosen networks. */
export const ON_NETWORK = `${APP}, network=~"$network"`;

/** Series of the chosen processes. */
export const OF_PROCESS = `${APP}, instance=~"$instance"`;

/**
 * Requests that show how well the API answers. Not those that wait for an outcome because the caller asked for that, and not
 * the probes: there are many of them, and 503 is a right answer for them.
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

/** Per second, over the interval that fits the panel's resolution. */
export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;

/** In the last 24 hours. */
export const ofTheDay = (selector: string): string => `increase(${selector}[24h])`;

/**
 * 0 where there is no series. Only for counters whose series begin with the first event: without a series, the count is 0.
 */
export const orZero = (expr: string): string => `(${expr} or vector(0))`;

/** The median, and the two percentiles that alerts use. */
export function percentiles(buckets: string, suffix = ''): readonly Query[] {
  return [50, 95, 99].map((percent) => ({
    expr: percentile(percent, buckets),
    legend: `p${percent}${suffix}`,
  }));
}

/** @param by labels to group by, besides the histogram's own */
export function percentile(percent: number, buckets: string, by: readonly string[] = []): string {
  return `histogram_quantile(${percent / 100}, sum by (${['le', ...by].join(', ')}) (${rate(buckets)}))`;
}
