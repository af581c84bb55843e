import * as units from '@grafana/grafana-foundation-sdk/units';
import { type DashboardDescription, figures, graph } from './description.js';
import { cacheHitRate, providersUp } from './panels.js';
import { APP, NETWORK, ON_NETWORK, ofTheDay, percentile, percentiles, rate } from './promql.js';

const calls = `rpc_requests_total{${APP}}`;
const buckets = `rpc_request_duration_seconds_bucket{${APP}}`;
const ADA = 'suffix: ADA';
const balance = `wallet_balance_lovelace{${ON_NETWORK}} / 1e6`;

export const chainAndWallet: DashboardDescription = {
  name: 'chain-and-wallet',
  title: 'x402 · Chain and wallet',
  description: 'The chain providers, the chain itself, and the facilitator’s own wallet.',
  variables: [NETWORK],
  rows: [
    {
      title: 'Providers',
      panels: [
        providersUp(12),
        figures({
          title: 'Quota left today',
          description: 'Calls until midnight UTC, for providers with a daily limit (`budget.perDay`).',
          runbook: 'alerts.md#a-quota-is-nearly-used',
          unit: units.Short,
          width: 12,
          expr: `min by (provider) (rpc_quota_remaining{${APP}})`,
          legend: '{{provider}}',
        }),
        graph({
          title: 'Calls by provider',
          description: 'HTTP calls of all processes.',
          unit: units.RequestsPerSecond,
          width: 8,
          isStacked: true,
          expr: `sum by (provider) (${rate(calls)})`,
          legend: '{{provider}}',
        }),
        graph({
          title: 'Calls by operation',
          description: 'Calls by operation.',
          unit: units.RequestsPerSecond,
          width: 8,
          isStacked: true,
          expr: `sum by (operation) (${rate(calls)})`,
          legend: '{{operation}}',
        }),
        graph({
          title: 'Calls by outcome',
          description:
            '`not_found` is an answer, and so is `refused` for a submission. The others are errors.',
          unit: units.RequestsPerSecond,
          width: 8,
          isStacked: true,
          expr: `sum by (outcome) (${rate(calls)})`,
          legend: '{{outcome}}',
        }),
        graph({
          title: 'Error rate by provider',
          description: 'Share of calls that ended without an answer or with an error.',
          runbook: 'alerts.md#calls-to-a-provider-fail',
          unit: units.PercentUnit,
          width: 8,
          limits: { side: 'above', bad: 0.05 },
          // A provider without errors has no series of them: count 0 there.
          expr: `(sum by (provider) (${rate(`rpc_errors_total{${APP}}`)}) or sum by (provider) (${rate(calls)}) * 0) / sum by (provider) (${rate(calls)})`,
          legend: '{{provider}}',
        }),
        graph({
          title: 'Latency of all calls',
          description: 'How long the calls took, with any outcome.',
          runbook: 'alerts.md#a-provider-is-slow',
          unit: units.Seconds,
          width: 8,
          limits: { side: 'above', bad: 2 },
          queries: percentiles(buckets),
        }),
        graph({
          title: 'Latency by provider and operation, p95',
          description: 'As above, for each of them.',
          unit: units.Seconds,
          width: 8,
          expr: percentile(95, buckets, ['provider', 'operation']),
          legend: '{{provider}} {{operation}}',
        }),
        graph({
          title: 'Quota left',
          description: 'A line that will not reach midnight needs a larger plan or another provider.',
          unit: units.Short,
          width: 12,
          expr: `min by (provider) (rpc_quota_remaining{${APP}})`,
          legend: '{{provider}}',
        }),
        cacheHitRate(12),
        graph({
          title: 'Calls not made',
          description:
            'Calls that a budget had no room for. `reserved`: by callers without a key, the rest is kept for others. `quota`: the day is used up. `rate`: too many at once. `backoff`: the provider asked for a pause.',
          runbook: 'alerts.md#strangers-have-used-up-their-share',
          unit: units.RequestsPerSecond,
          width: 12,
          isStacked: true,
          expr: `sum by (reason) (${rate(`rpc_budget_refusals_total{${APP}}`)})`,
          legend: '{{reason}}',
        }),
        graph({
          title: 'Kept for keys and settlements',
          description: 'Where `Quota left` falls to this line, callers without a key are refused.',
          runbook: 'alerts.md#strangers-have-used-up-their-share',
          unit: units.Short,
          width: 12,
          expr: `max by (provider) (rpc_quota_reserved{${APP}})`,
          legend: '{{provider}}',
        }),
      ],
    },
    {
      title: 'Chain',
      panels: [
        graph({
          title: 'Age of the tip',
          description:
            'Since the follower first saw its newest block. It grows while nothing is pending, because the tip is not read then: read it together with what is pending.',
          runbook: 'alerts.md#the-follower-does-not-move',
          unit: units.Seconds,
          width: 8,
          expr: `max by (network) (chain_tip_age_seconds{${ON_NETWORK}})`,
          legend: '{{network}}',
        }),
        graph({
          title: 'Settlements that wait for the chain',
          description: 'In a mempool, or in a block that is not yet deep enough.',
          unit: units.Short,
          width: 8,
          expr: `sum by (network) (max by (network, state) (settlements_pending{${ON_NETWORK}, state=~"submitted|included"}))`,
          legend: '{{network}}',
        }),
        graph({
          title: 'Height of the tip',
          description: 'As known to the worker that follows the network.',
          unit: units.LocaleFormat,
          width: 8,
          expr: `max by (network) (chain_tip_height{${ON_NETWORK}})`,
          legend: '{{network}}',
        }),
        graph({
          title: 'Protocol version',
          description:
            'What each network runs, and the highest whose rules this release knows. Above that, payments are judged by the rules that it knows.',
          runbook: 'alerts.md#the-protocol-version-is-not-known',
          unit: units.Short,
          width: 8,
          queries: [
            {
              expr: `max by (network) (chain_protocol_version{${ON_NETWORK}})`,
              legend: '{{network}}',
            },
            { expr: `min(chain_protocol_version_judged{${APP}})`, legend: 'known here' },
          ],
        }),
        graph({
          title: 'Rollbacks and submissions again',
          description:
            'Blocks that left the chain, and transactions sent again because of that or because an answer was lost.',
          unit: units.Short,
          width: 16,
          queries: [
            {
              expr: `sum by (network) (increase(chain_rollbacks_total{${ON_NETWORK}}[$__rate_interval]))`,
              legend: 'rollbacks {{network}}',
            },
            {
              expr: `sum by (network) (increase(chain_resubmissions_total{${ON_NETWORK}}[$__rate_interval]))`,
              legend: 'submitted again {{network}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Wallet',
      panels: [
        figures({
          title: 'Balance',
          description: 'The facilitator’s own wallet, a minute old at most. Empty without a wallet.',
          unit: ADA,
          width: 8,
          expr: `min by (network) (${balance})`,
          legend: '{{network}}',
        }),
        figures({
          title: 'Change of the balance, 24 h',
          description: 'Fees and min-ADA of sponsored payments, and what came in.',
          runbook: 'alerts.md#the-wallet-lost-money',
          unit: ADA,
          width: 8,
          expr: `min by (network) (delta(wallet_balance_lovelace{${ON_NETWORK}}[24h]) / 1e6)`,
          legend: '{{network}}',
        }),
        figures({
          title: 'Pool',
          description:
            'Outputs that can be lent to sponsored payments now. Absent where fees are not sponsored.',
          runbook: 'alerts.md#the-wallets-pool-is-low',
          unit: units.Short,
          width: 8,
          limits: { side: 'below', warn: 10, bad: 5 },
          expr: `min by (network) (wallet_pool_utxos{${ON_NETWORK}})`,
          legend: '{{network}}',
        }),
        graph({
          title: 'Balance over time',
          description: 'A step that no one intended calls for an emergency pause.',
          runbook: 'alerts.md#the-wallet-lost-money',
          unit: ADA,
          width: 12,
          expr: `min by (network) (${balance})`,
          legend: '{{network}}',
        }),
        graph({
          title: 'Pool over time',
          description: 'The wallet makes new outputs by itself, as long as its balance allows.',
          runbook: 'alerts.md#the-wallets-pool-is-low',
          unit: units.Short,
          width: 12,
          expr: `min by (network) (wallet_pool_utxos{${ON_NETWORK}})`,
          legend: '{{network}}',
        }),
        graph({
          title: 'Sponsored payments',
          description: 'Whether the wallet signed for them.',
          unit: units.OpsPerSecond,
          width: 8,
          expr: `sum by (outcome) (${rate(`sponsorships_total{${ON_NETWORK}}`)})`,
          legend: '{{outcome}}',
        }),
        graph({
          title: 'Lent outputs by outcome',
          description:
            '`spent` by the payment for good, `released` because no block can include it, `lost` to another transaction.',
          unit: units.OpsPerSecond,
          width: 8,
          expr: `sum by (outcome) (${rate(`sponsorships_closed_total{${ON_NETWORK}}`)})`,
          legend: '{{outcome}}',
        }),
        graph({
          title: 'What sponsoring costs, 24 h',
          description:
            '`fee` and `lent`: fees and min-ADA of final payments. `pool`: fees of the wallet’s own transactions.',
          unit: ADA,
          width: 8,
          isStacked: true,
          expr: `sum by (kind) (${ofTheDay(`sponsorship_lovelace_total{${ON_NETWORK}}`)}) / 1e6`,
          legend: '{{kind}}',
        }),
      ],
    },
  ],
};
