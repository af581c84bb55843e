import * as units from '@grafana/grafana-foundation-sdk/units';
import { type DashboardDescription, figures, gauge, graph } from './description.js';
import { ANSWERED, APP, INSTANCE, NETWORK, ON_NETWORK, ofTheDay, orZero } from './promql.js';

const requests = `sum(rate(http_requests_total{${ANSWERED}}[5m]))`;
const latency = (quantile: string) =>
  `histogram_quantile(${quantile}, sum by (le) (rate(http_request_duration_seconds_bucket{${ANSWERED}}[5m])))`;
const hits = `sum(rate(cache_hits_total{${APP}}[1h]))`;

/** The seven panels that operators of x402 services share, by their names, units and limits. */
export const operations: DashboardDescription = {
  name: 'operations',
  title: 'X402 Operations Dashboard',
  description: 'The seven panels that operators of x402 services share. The other dashboards say more.',
  tags: ['production'],
  timezone: 'utc',
  variables: [NETWORK, INSTANCE],
  rows: [
    {
      title: 'Operations',
      panels: [
        graph({
          title: 'Request Rate',
          description: 'Requests a second. Neither waits nor probes count.',
          unit: units.RequestsPerSecond,
          width: 8,
          expr: requests,
          legend: 'Requests/s',
        }),
        graph({
          title: 'Error Rate',
          description: 'Share of the answers that are 5xx.',
          runbook: 'alerts.md#many-requests-fail',
          unit: units.Percent,
          width: 8,
          limits: { side: 'above', warn: 1, bad: 5 },
          expr: `${orZero(`sum(rate(http_requests_failed_total{${ANSWERED}}[5m]))`)} / ${requests} * 100`,
          legend: 'Error %',
        }),
        graph({
          title: 'Latency (p50, p95, p99)',
          description: 'From the arrival of a request to the end of its answer.',
          runbook: 'alerts.md#requests-are-slow',
          unit: units.Seconds,
          width: 8,
          queries: [
            { expr: latency('0.50'), legend: 'p50' },
            { expr: latency('0.95'), legend: 'p95' },
            { expr: latency('0.99'), legend: 'p99' },
          ],
        }),
        figures({
          title: 'Payment Volume (USDs)',
          description:
            'Confirmed in the last 24 hours, in `USDM`, `iUSD` and `DJED`, counted as one dollar each: the token USDs is on another chain.',
          unit: units.Dollars,
          width: 6,
          expr: `sum(${ofTheDay(`payment_volume_usd_total{${APP}}`)})`,
          legend: '24h Volume',
        }),
        figures({
          title: 'Active Settlements',
          description: 'Settlements that ended in the last 24 hours, however they did.',
          unit: units.Short,
          width: 6,
          decimals: 0,
          expr: `sum(${ofTheDay(`payment_settlements_total{${ON_NETWORK}}`)})`,
          legend: '24h Settlements',
        }),
        figures({
          title: 'Failed Settlements',
          description: 'Accepted in the last 24 hours, and failed because of the facilitator or the chain.',
          runbook: 'alerts.md#a-settlement-failed',
          unit: units.Short,
          width: 6,
          decimals: 0,
          limits: { side: 'above', bad: 1 },
          expr: `sum(${ofTheDay(`payment_settlements_failed{${ON_NETWORK}}`)})`,
          legend: '24h Failed',
        }),
        gauge({
          title: 'Cache Hit Rate',
          description: 'Share of the lookups of the last hour that a cache answered, over all caches.',
          runbook: 'alerts.md#a-cache-is-ineffective',
          unit: units.Percent,
          width: 6,
          min: 0,
          max: 100,
          limits: { side: 'below', bad: 50, warn: 70 },
          expr: `${hits} / (${hits} + sum(rate(cache_misses_total{${APP}}[1h]))) * 100`,
          legend: 'Hit Rate %',
        }),
      ],
    },
  ],
};
