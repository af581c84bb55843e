import * as units from '@grafana/grafana-foundation-sdk/units';
import { type DashboardDescription, figures, graph } from './description.js';
import { cacheHitRate, cpu, eventLoopDelay, memory, providersUp } from './panels.js';
import {
  ANSWERED,
  APP,
  INSTANCE,
  NETWORK,
  OF_PROCESS,
  ON_NETWORK,
  ofTheDay,
  orZero,
  percentile,
  percentiles,
  rate,
} from './promql.js';

const latency = `http_request_duration_seconds_bucket{${ANSWERED}}`;

export const overview: DashboardDescription = {
  name: 'overview',
  title: 'x402 · Overview',
  description: 'Is it well: what callers see, what was settled, and what is in trouble.',
  variables: [NETWORK, INSTANCE],
  rows: [
    {
      title: 'Health',
      panels: [
        figures({
          title: 'API replicas',
          description: 'Replicas of the API that answer Prometheus.',
          runbook: 'alerts.md#the-api-is-down',
          unit: units.Short,
          width: 3,
          limits: { side: 'below', bad: 1 },
          queries: [{ expr: orZero(`count(up{${APP}, job="x402-api"} == 1)`), legend: 'up' }],
        }),
        figures({
          title: 'Workers',
          description: 'Workers that answer Prometheus. Without one, accepted settlements wait.',
          runbook: 'alerts.md#no-worker-is-running',
          unit: units.Short,
          width: 3,
          limits: { side: 'below', bad: 1 },
          queries: [{ expr: orZero(`count(up{${APP}, job="x402-worker"} == 1)`), legend: 'up' }],
        }),
        providersUp(6),
        figures({
          title: 'Alerts that fire',
          description: 'How many; the red marks in the graphs say when and which.',
          runbook: 'alerts.md',
          unit: units.Short,
          width: 3,
          limits: { side: 'above', bad: 1 },
          queries: [
            { expr: orZero('count(ALERTS{alertname=~"X402.*", alertstate="firing"})'), legend: 'firing' },
          ],
        }),
        figures({
          title: 'Oldest unfinished settlement',
          description:
            'Since it was accepted. A payment that waits for its confirmations is a few minutes old on a healthy network.',
          runbook: 'alerts.md#a-settlement-is-pending-for-long',
          unit: units.Seconds,
          width: 4,
          limits: { side: 'above', warn: 300, bad: 900 },
          queries: [{ expr: `max(settlement_oldest_pending_seconds{${ON_NETWORK}})`, legend: 'age' }],
        }),
        figures({
          title: 'What runs',
          description: 'Processes by tier and version: two versions of a tier while a release rolls.',
          runbook: 'change.md#upgrade',
          unit: units.Short,
          width: 5,
          queries: [
            { expr: `count by (tier, version) (x402_build_info{${APP}})`, legend: '{{tier}} {{version}}' },
          ],
        }),
      ],
    },
    {
      title: 'Requests',
      panels: [
        graph({
          title: 'Request rate',
          description: 'By route. `:wait` marks requests that wait for an outcome.',
          unit: units.RequestsPerSecond,
          width: 12,
          isStacked: true,
          queries: [
            {
              expr: `sum by (route) (${rate(`http_requests_total{${OF_PROCESS}}`)})`,
              legend: '{{route}}',
            },
          ],
        }),
        graph({
          title: 'Error rate',
          description:
            'Share of requests that were answered with a 5xx status. Neither waits nor probes count.',
          runbook: 'alerts.md#many-requests-fail',
          unit: units.PercentUnit,
          width: 12,
          limits: { side: 'above', bad: 0.01 },
          queries: [
            {
              expr: `${orZero(`sum(${rate(`http_requests_failed_total{${ANSWERED}}`)})`)} / sum(${rate(`http_requests_total{${ANSWERED}}`)})`,
              legend: '5xx',
            },
          ],
        }),
        graph({
          title: 'Latency',
          description:
            'From the arrival of a request to the end of its answer. Neither waits nor probes count.',
          runbook: 'alerts.md#requests-are-slow',
          unit: units.Seconds,
          width: 8,
          limits: { side: 'above', bad: 5 },
          queries: percentiles(latency),
        }),
        graph({
          title: 'Latency by route, p95',
          description: 'As above, for each route.',
          unit: units.Seconds,
          width: 8,
          queries: [{ expr: percentile(95, latency, ['route']), legend: '{{route}}' }],
        }),
        graph({
          title: 'Answers by status',
          description: '499: the caller hung up. 429: over its limit. 503: cannot be settled now.',
          unit: units.RequestsPerSecond,
          width: 8,
          isStacked: true,
          queries: [
            {
              expr: `sum by (status) (${rate(`http_requests_total{${OF_PROCESS}}`)})`,
              legend: '{{status}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Payments',
      panels: [
        figures({
          title: 'Settlements, 24 h',
          description:
            'By how they first ended. `failed` includes payers who spent their money elsewhere; the facilitator did not cause that.',
          unit: units.Short,
          width: 8,
          decimals: 0,
          queries: [
            {
              expr: `sum by (outcome) (${ofTheDay(`payment_settlements_total{${ON_NETWORK}}`)})`,
              legend: '{{outcome}}',
            },
          ],
        }),
        figures({
          title: 'Failures, 24 h',
          description: 'Accepted settlements that failed because of the facilitator or the chain.',
          runbook: 'alerts.md#a-settlement-failed',
          unit: units.Short,
          width: 8,
          decimals: 0,
          limits: { side: 'above', bad: 0.5 },
          queries: [
            {
              expr: `sum by (reason) (${ofTheDay(`payment_settlements_failed{${ON_NETWORK}}`)})`,
              legend: '{{reason}}',
            },
          ],
        }),
        figures({
          title: 'Success, 24 h',
          description: 'Share of the settlements that ended in a confirmation.',
          runbook: 'alerts.md#the-settlement-objective-is-missed',
          unit: units.PercentUnit,
          width: 4,
          limits: { side: 'below', warn: 0.999, bad: 0.99 },
          queries: [
            {
              expr: `sum(${ofTheDay(`payment_settlements_total{${ON_NETWORK}, outcome="confirmed"}`)}) / sum(${ofTheDay(`payment_settlements_total{${ON_NETWORK}}`)})`,
              legend: 'confirmed',
            },
          ],
        }),
        figures({
          title: 'Volume in US dollars, 24 h',
          description: 'Confirmed payments in `USDM`, `iUSD` and `DJED`, taken for one dollar each.',
          unit: units.Dollars,
          width: 4,
          queries: [{ expr: `sum(${ofTheDay(`payment_volume_usd_total{${APP}}`)})`, legend: 'USD' }],
        }),
        graph({
          title: 'Payment volume, 24 h',
          description: 'Confirmed payments in whole units of the asset; `other` is in atomic units.',
          unit: units.Short,
          width: 8,
          queries: [
            {
              expr: `sum by (asset) (${ofTheDay(`payment_volume_total{${ON_NETWORK}}`)})`,
              legend: '{{asset}}',
            },
          ],
        }),
        graph({
          title: 'Payments judged',
          description: 'By `/verify` and `/settle`. A refused payment is its signer’s mistake.',
          unit: units.OpsPerSecond,
          width: 8,
          queries: [
            {
              expr: `sum by (outcome) (${rate(`payment_verifications_total{${ON_NETWORK}}`)})`,
              legend: '{{outcome}}',
            },
          ],
        }),
        graph({
          title: 'Refusals by reason',
          description: 'The codes that callers get: docs/verification.md.',
          unit: units.OpsPerSecond,
          width: 8,
          isStacked: true,
          queries: [
            {
              expr: `sum by (reason) (${rate(`payment_verifications_total{${ON_NETWORK}, outcome="invalid"}`)})`,
              legend: '{{reason}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Verification and processes',
      panels: [
        graph({
          title: 'Verification by stage, p95',
          description: 'Where the time of a verification goes. `chain` is the wait for a provider.',
          unit: units.Seconds,
          width: 12,
          queries: [
            {
              expr: percentile(95, `payment_verification_duration_seconds_bucket{${OF_PROCESS}}`, ['stage']),
              legend: '{{stage}}',
            },
          ],
        }),
        cacheHitRate(12),
        cpu('x402-.*', 8),
        memory('x402-.*', 8),
        eventLoopDelay('x402-.*', 8),
      ],
    },
  ],
};
