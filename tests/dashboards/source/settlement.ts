import * as units from '@grafana/grafana-foundation-sdk/units';
import { type DashboardDescription, figures, type Graph, graph } from './description.js';
import { cpu, eventLoopDelay, memory } from './panels.js';
import { APP, INSTANCE, NETWORK, OF_PROCESS, ON_NETWORK, percentiles, rate } from './promql.js';

/** How long a phase took, by the journal's clock and not by the workers'. */
function duration(title: string, phase: string, description: string, width: number): Graph {
  return graph({
    title,
    description,
    unit: units.Seconds,
    width,
    queries: percentiles(`payment_settlement_duration_seconds_bucket{${ON_NETWORK}, phase="${phase}"}`),
  });
}

export const settlement: DashboardDescription = {
  name: 'settlement',
  title: 'x402 · Settlement',
  description:
    'From an accepted payment to a confirmed one: what waits, how long each phase takes, what failed.',
  variables: [NETWORK, INSTANCE],
  rows: [
    {
      title: 'Now',
      panels: [
        figures({
          title: 'New settlements',
          description: 'Closed while an operator has paused or drains a network: `/settle` then answers 503.',
          runbook: 'change.md#emergency-pause',
          unit: units.Short,
          width: 6,
          words: { 0: { text: 'open', color: 'green' }, 1: { text: 'closed', color: 'orange' } },
          expr: `max by (network) (settlement_paused{${ON_NETWORK}})`,
          legend: '{{network}}',
        }),
        figures({
          title: 'Workers',
          description: 'Each that Prometheus knows of.',
          runbook: 'alerts.md#no-worker-is-running',
          unit: units.Short,
          width: 6,
          words: { 0: { text: 'down', color: 'red' }, 1: { text: 'up', color: 'green' } },
          expr: `up{${OF_PROCESS}, job="x402-worker"}`,
          legend: '{{instance}}',
        }),
        figures({
          title: 'Redis',
          description: 'The journal and the queue are in it: without it nothing is accepted.',
          runbook: 'alerts.md#redis-is-down',
          unit: units.Short,
          width: 4,
          words: { 0: { text: 'down', color: 'red' }, 1: { text: 'up', color: 'green' } },
          expr: `min(redis_up{${APP}})`,
          legend: 'Redis',
        }),
        figures({
          title: 'Append-only file',
          description:
            'Whether it is on, and its last write and rewrite succeeded. If not, a crash loses settlements.',
          runbook: 'alerts.md#redis-does-not-persist',
          unit: units.Short,
          width: 8,
          words: { 0: { text: 'no', color: 'red' }, 1: { text: 'yes', color: 'green' } },
          queries: [
            { expr: `min(redis_aof_enabled{${APP}})`, legend: 'on' },
            { expr: `min(redis_aof_last_write_status{${APP}})`, legend: 'written' },
            { expr: `min(redis_aof_last_bgrewrite_status{${APP}})`, legend: 'rewritten' },
          ],
        }),
      ],
    },
    {
      title: 'Backlog',
      panels: [
        graph({
          title: 'Unfinished settlements',
          description:
            'By state. `queued` and `submitting` wait for a worker, `submitted` for a block, `included` for confirmations. `ambiguous`: it is unknown whether a node has it.',
          unit: units.Short,
          width: 12,
          isStacked: true,
          // Every worker shows the same backlog.
          expr: `max by (network, state) (settlements_pending{${ON_NETWORK}})`,
          legend: '{{network}} {{state}}',
        }),
        graph({
          title: 'Oldest unfinished settlement',
          description: 'Since it was accepted, by state. Nothing in `queued` should be older than seconds.',
          runbook: 'alerts.md#a-settlement-is-pending-for-long',
          unit: units.Seconds,
          width: 12,
          expr: `max by (network, state) (settlement_oldest_pending_seconds{${ON_NETWORK}})`,
          legend: '{{network}} {{state}}',
        }),
        graph({
          title: 'Unreadable records',
          description: 'Set aside by a worker and left as they are. It should be 0.',
          runbook: 'alerts.md#a-settlement-record-cannot-be-read',
          unit: units.Short,
          width: 24,
          expr: `max by (network) (settlement_records_unreadable{${ON_NETWORK}})`,
          legend: '{{network}}',
        }),
        graph({
          title: 'Queue depth',
          description: 'Jobs that are not done. `delayed` ones are tried again later.',
          unit: units.Short,
          width: 8,
          expr: `max by (queue, state) (queue_jobs{${APP}, state=~"waiting|active|delayed"})`,
          legend: '{{queue}} {{state}}',
        }),
        graph({
          title: 'Queue age',
          description: 'How long the oldest waiting job has waited. Workers are scaled by it.',
          runbook: 'alerts.md#settlements-wait-for-a-worker',
          unit: units.Seconds,
          width: 8,
          expr: `max by (queue) (queue_oldest_waiting_seconds{${APP}})`,
          legend: '{{queue}}',
        }),
        graph({
          title: 'Finished jobs',
          description: 'Kept for an hour. A failed settlement is a finished job; a failed job is a bug.',
          unit: units.Short,
          width: 8,
          expr: `max by (queue, state) (queue_jobs{${APP}, state=~"completed|failed"})`,
          legend: '{{queue}} {{state}}',
        }),
      ],
    },
    {
      title: 'How long it takes',
      panels: [
        duration('In the queue', 'queue', 'From accepted to the first submission.', 8),
        duration('Time to submit', 'submit', 'How long a provider took to answer one submission.', 8),
        duration('Time to include', 'inclusion', 'From accepted by a node to in a block.', 8),
        duration(
          'Time to confirm',
          'confirmation',
          'From in a block to as deep as the payment asked for.',
          12,
        ),
        duration('In all', 'total', 'From accepted to confirmed.', 12),
      ],
    },
    {
      title: 'What becomes of them',
      panels: [
        graph({
          title: 'Settlements',
          description: 'By their first outcome.',
          unit: units.OpsPerSecond,
          width: 12,
          expr: `sum by (outcome) (${rate(`payment_settlements_total{${ON_NETWORK}}`)})`,
          legend: '{{outcome}}',
        }),
        graph({
          title: 'Failures',
          description:
            'Accepted settlements that failed because of the facilitator or the chain. A payer’s double spend does not count.',
          runbook: 'alerts.md#a-settlement-failed',
          unit: units.OpsPerSecond,
          width: 12,
          expr: `sum by (reason) (${rate(`payment_settlements_failed{${ON_NETWORK}}`)})`,
          legend: '{{reason}}',
        }),
        graph({
          title: 'Retries',
          description:
            'Submissions of a transaction after its first one: an answer was lost, or a rollback took it out.',
          unit: units.Short,
          width: 8,
          expr: `sum by (network) (increase(chain_resubmissions_total{${ON_NETWORK}}[$__rate_interval]))`,
          legend: '{{network}}',
        }),
        graph({
          title: 'Rollbacks',
          description: 'How often blocks that had been read left the chain. Short rollbacks are normal.',
          runbook: 'alerts.md#the-chain-was-rolled-back',
          unit: units.Short,
          width: 8,
          expr: `sum by (network) (increase(chain_rollbacks_total{${ON_NETWORK}}[$__rate_interval]))`,
          legend: '{{network}}',
        }),
        graph({
          title: 'Stalled jobs',
          description: 'Jobs taken back from workers that vanished.',
          runbook: 'alerts.md#jobs-have-stalled',
          unit: units.Short,
          width: 8,
          expr: `sum by (queue) (increase(queue_stalled_total{${APP}}[$__rate_interval]))`,
          legend: '{{queue}}',
        }),
      ],
    },
    {
      title: 'Channels',
      panels: [
        graph({
          title: 'Open channels',
          description:
            'That deposits and claims settled here have shown: buyers’ subscriptions. Empty where no channels are served.',
          runbook: 'alerts.md#open-channels-become-fewer',
          unit: units.Short,
          width: 6,
          expr: `max by (network) (x402_active_subscriptions{${ON_NETWORK}})`,
          legend: '{{network}}',
        }),
        graph({
          title: 'Locked in channels',
          description:
            'And not claimed yet, in whole units; `other` in atomic units. It is held by the validator.',
          runbook: 'alerts.md#much-is-locked-in-channels',
          unit: units.Short,
          width: 6,
          expr: `max by (network, asset) (x402_credit_balance{${ON_NETWORK}})`,
          legend: '{{network}} {{asset}}',
        }),
        graph({
          title: 'Deposits, claims, closes',
          description:
            'Confirmed. A claim may be from many channels; a close is by buyer and seller together.',
          unit: units.OpsPerSecond,
          width: 6,
          queries: (['deposits', 'claims', 'closes'] as const).map((what) => ({
            expr: `sum(${rate(`channel_${what}_total{${ON_NETWORK}, outcome="confirmed"}`)})`,
            legend: what,
          })),
        }),
        graph({
          title: 'Claims that came to nothing',
          description: '`superseded`: a buyer’s top-up or close was faster, and the seller claims again.',
          runbook: 'alerts.md#a-claim-from-channels-failed',
          unit: units.Short,
          width: 6,
          expr: `sum by (outcome) (increase(channel_claims_total{${ON_NETWORK}, outcome!="confirmed"}[$__rate_interval]))`,
          legend: '{{outcome}}',
        }),
        graph({
          title: 'Oldest unfinished claim',
          description:
            'Since it was accepted. A buyer that closes a channel can leave after 15 minutes at the earliest.',
          runbook: 'alerts.md#a-claim-from-channels-waits',
          unit: units.Seconds,
          width: 24,
          limits: { side: 'above', bad: 600 },
          expr: `max by (network) (channel_claim_oldest_pending_seconds{${ON_NETWORK}})`,
          legend: '{{network}}',
        }),
      ],
    },
    {
      title: 'Webhooks',
      panels: [
        graph({
          title: 'Attempts',
          description:
            '`failed` is tried again, for a day; then it is `dead`. `stopped`: the endpoint answered 410. Empty while `webhooks.enabled` is false.',
          runbook: 'alerts.md#a-receiver-of-webhooks-is-away',
          unit: units.OpsPerSecond,
          width: 8,
          isStacked: true,
          expr: `sum by (outcome) (${rate(`webhook_attempts_total{${APP}}`)})`,
          legend: '{{outcome}}',
        }),
        graph({
          title: 'Events that wait, are given up or dropped',
          description: 'Given up: kept for `ops webhooks replay`. Dropped: as many waited as may.',
          runbook: 'alerts.md#a-receiver-of-webhooks-is-away',
          unit: units.Short,
          width: 8,
          queries: (['waiting', 'dead', 'dropped'] as const).map((what) => ({
            expr: `max(webhook_events_${what}{${APP}})`,
            legend: what,
          })),
        }),
        graph({
          title: 'Oldest event that waits',
          description:
            'Of all endpoints that are not stopped; and for how long an endpoint’s turn has been due.',
          runbook: 'alerts.md#webhooks-wait-for-a-worker',
          unit: units.Seconds,
          width: 8,
          queries: [
            { expr: `max(webhook_oldest_waiting_seconds{${APP}})`, legend: 'waits' },
            { expr: `max(webhook_overdue_seconds{${APP}})`, legend: 'due' },
          ],
        }),
      ],
    },
    {
      title: 'Workers',
      panels: [
        graph({
          title: 'Submissions by worker',
          description: 'The share of each worker: all take from the same queues.',
          unit: units.OpsPerSecond,
          width: 6,
          isStacked: true,
          expr: `sum by (instance) (${rate(`payment_settlement_duration_seconds_count{${OF_PROCESS}, phase="submit"}`)})`,
          legend: '{{instance}}',
        }),
        cpu('x402-worker', 6),
        memory('x402-worker', 6),
        eventLoopDelay('x402-worker', 6),
      ],
    },
    {
      title: 'Archive',
      panels: [
        graph({
          title: 'Waiting for the archive',
          description:
            'Ended settlements that could be archived (`due`), or that still wait for their receipt or their collection (`waiting`). At the limit `/settle` accepts nothing new. Empty without `archive.url`.',
          runbook: 'alerts.md#the-archive-is-behind',
          unit: units.Short,
          width: 12,
          queries: [
            { expr: `max by (network) (archive_backlog{${ON_NETWORK}})`, legend: '{{network}} due' },
            { expr: `max by (network) (archive_waiting{${ON_NETWORK}})`, legend: '{{network}} waiting' },
            { expr: `max by (network) (archive_max_backlog{${ON_NETWORK}})`, legend: '{{network}} limit' },
          ],
        }),
        graph({
          title: 'Oldest that is due',
          description: 'Since it could have been archived.',
          runbook: 'alerts.md#the-archive-is-behind',
          unit: units.Seconds,
          width: 6,
          expr: `max by (network) (archive_oldest_due_seconds{${ON_NETWORK}})`,
          legend: '{{network}}',
        }),
        graph({
          title: 'Archived, and not',
          description: 'Rows, and attempts or settlements that failed, by reason.',
          runbook: 'alerts.md#a-settlement-is-not-archived',
          unit: units.OpsPerSecond,
          width: 6,
          queries: [
            {
              expr: `sum by (network) (${rate(`archive_written_total{${ON_NETWORK}}`)})`,
              legend: '{{network}} written',
            },
            {
              expr: `sum by (reason) (${rate(`archive_failures_total{${ON_NETWORK}}`)})`,
              legend: '{{reason}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Redis',
      panels: [
        graph({
          title: 'Faults of Redis',
          description:
            '1 while Redis refuses writes, or has a setting by which it could lose accepted settlements: `/health` says which.',
          runbook: 'alerts.md#redis-refuses-writes',
          unit: units.Short,
          width: 24,
          queries: [
            { expr: `max(journal_refuses_writes{${APP}})`, legend: 'refuses writes' },
            { expr: `max(journal_setting_unsafe{${APP}})`, legend: 'unsafe setting' },
          ],
        }),
        graph({
          title: 'Memory of Redis',
          description:
            'Full, it refuses writes rather than forget settlements (`noeviction`). `limit` 0: it has none.',
          runbook: 'alerts.md#redis-runs-out-of-memory',
          unit: units.BytesIEC,
          width: 12,
          queries: [
            { expr: `max(redis_memory_used_bytes{${APP}})`, legend: 'used' },
            { expr: `max(redis_memory_max_bytes{${APP}})`, legend: 'limit' },
          ],
        }),
        graph({
          title: 'Commands',
          description: 'Commands of all tiers together.',
          unit: units.OpsPerSecond,
          width: 6,
          expr: `sum(${rate(`redis_commands_processed_total{${APP}}`)})`,
          legend: 'commands',
        }),
        graph({
          title: 'Connections',
          description: 'Each process has several. Many more than that: something else uses this Redis.',
          unit: units.Short,
          width: 6,
          expr: `max(redis_connected_clients{${APP}})`,
          legend: 'clients',
        }),
      ],
    },
  ],
};
