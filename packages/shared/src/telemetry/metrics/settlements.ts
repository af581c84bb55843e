import { ASSET_LABELS, knownAsset, type Network, type SchemeRegistry } from '@x402-facilitator/cardano';
import {
  type BacklogState,
  PENDING_STATES,
  type Settlement,
  type SettlementState,
  type TransitionOutcome,
} from '@x402-facilitator/journal';
import { Counter, Gauge, Histogram } from 'prom-client';
import { FAILURE_REASONS, settlementFailure } from '../settlement-failure.js';
import { createNetworkGauge } from './network-gauge.js';
import { readAtScrape } from './read-at-scrape.js';
import type { MetricsRegistry } from './registry.js';

type Transition = Extract<TransitionOutcome, { readonly kind: 'changed' }>;

export type SettlementMetrics = {
  /** A change of state that this process wrote, at `atMs` (POSIX ms). */
  changed(transition: Transition, atMs: number): void;
  /** One submission, from sending the bytes to the node's answer. */
  submitted(network: Network, durationMs: number): void;
  /** Shows a network's backlog from now on, read at each scrape. */
  watch(network: Network, read: () => Promise<readonly BacklogState[]>, now: () => number): void;
  /** Shows from now on whether an operator has closed a network to new settlements, read at each scrape. */
  watchPause(network: Network, isPaused: () => Promise<boolean>): void;
  /** Shows from now on how many records this worker has met and cannot read, read at each scrape. */
  watchUnreadable(network: Network, count: () => Promise<number>): void;
};

/** From a submission to a payment that waited for its whole validity. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600, 1_800, 3_600];

/** How a settlement ends. */
const OUTCOMES = ['confirmed', 'failed', 'expired'] as const satisfies readonly SettlementState[];

/** Counts each settlement once, on the worker that made the change, and shows what is unfinished. */
export function createSettlementMetrics(
  registry: MetricsRegistry,
  schemes: SchemeRegistry,
): SettlementMetrics {
  const registers = [registry];
  const settlements = new Counter({
    name: 'payment_settlements_total',
    help: 'Settlements by how they first ended.',
    labelNames: ['network', 'method', 'outcome'],
    registers,
  });
  const failed = new Counter({
    name: 'payment_settlements_failed',
    help: 'Accepted settlements that came to nothing through the facilitator or the chain.',
    labelNames: ['network', 'reason'],
    registers,
  });
  const duration = new Histogram({
    name: 'payment_settlement_duration_seconds',
    help: 'How long the phases of a settlement took.',
    labelNames: ['network', 'phase'],
    buckets: BUCKETS,
    registers,
  });
  const volume = new Counter({
    name: 'payment_volume_total',
    help: 'Confirmed payments in whole units of the asset; atomic units for other. A channel pays when it is claimed.',
    labelNames: ['network', 'asset'],
    registers,
  });
  const volumeUsd = new Counter({
    name: 'payment_volume_usd_total',
    help: 'Confirmed payments in assets that are meant to be worth a US dollar.',
    registers,
  });
  const backlog = createBacklogGauges(registry);
  // This too is the same on every worker.
  const pauses = createNetworkGauge({
    name: 'settlement_paused',
    help: '1 while an operator has closed the network to new settlements.',
    registry,
  });

  const unreadable = createNetworkGauge({
    name: 'settlement_records_unreadable',
    help: 'Settlement records that this worker has met and cannot read: it leaves them as they are.',
    registry,
  });

  const observe = (network: Network, phase: string, fromMs: number | undefined, toMs: number | undefined) => {
    if (fromMs !== undefined && toMs !== undefined)
      duration.observe({ network, phase }, Math.max(toMs - fromMs, 0) / 1000);
  };

  const ended = (settlement: Settlement) => {
    const { network, state, asset, amount } = settlement;
    const method = schemes.methods.find((name) => name === settlement.method) ?? 'unknown';
    settlements.inc({ network, method, outcome: state });
    if (state !== 'confirmed') return;
    if (settlement.kind !== 'deposit') {
      const { symbol, decimals, isUsd } = knownAsset(asset);
      const units = Number(amount) / 10 ** decimals;
      volume.inc({ network, asset: symbol }, units);
      if (isUsd) volumeUsd.inc(units);
    }
    observe(network, 'confirmation', settlement.includedAtMs, settlement.endedAtMs);
    observe(network, 'total', settlement.queuedAtMs, settlement.endedAtMs);
  };

  return {
    changed({ from, settlement }, atMs) {
      const { network, state, revision, firstEndedRevision } = settlement;
      if (from === 'queued' && state === 'submitting') observe(network, 'queue', settlement.queuedAtMs, atMs);
      // Where a block is as deep as asked when it is found, there is no state between.
      if (from !== state && from !== 'included' && (state === 'included' || state === 'confirmed'))
        observe(network, 'inclusion', settlement.submittedAtMs, settlement.includedAtMs);
      if (revision === firstEndedRevision) ended(settlement);
      // A failed or expired settlement never changes again, so this happens once, even after a rollback.
      const reason = settlementFailure(settlement, schemes);
      if (reason !== undefined) failed.inc({ network, reason });
    },
    submitted: (network, durationMs) => duration.observe({ network, phase: 'submit' }, durationMs / 1000),
    watch(network, read, now) {
      // Prometheus sees an increase only in a series that already exists.
      for (const reason of FAILURE_REASONS) failed.inc({ network, reason }, 0);
      for (const asset of ASSET_LABELS) volume.inc({ network, asset }, 0);
      for (const method of schemes.methods)
        for (const outcome of OUTCOMES) settlements.inc({ network, method, outcome }, 0);
      backlog.watch(network, read, now);
    },
    watchUnreadable: unreadable.watch,
    watchPause: (network, isPaused) => pauses.watch(network, async () => ((await isPaused()) ? 1 : 0)),
  };
}

/** Every worker shows the same values, because the journal is shared. Do not sum them over workers. */
function createBacklogGauges(registry: MetricsRegistry): Pick<SettlementMetrics, 'watch'> {
  type Watched = {
    readonly network: Network;
    readonly read: () => Promise<readonly BacklogState[] | undefined>;
    readonly now: () => number;
  };
  const watched: Watched[] = [];
  const shared = { labelNames: ['network', 'state'] as const, registers: [registry] };
  const gauge = (
    name: string,
    help: string,
    show: (found: BacklogState | undefined, nowMs: number) => number,
  ) =>
    new Gauge({
      ...shared,
      name,
      help,
      async collect() {
        const found = await Promise.all(watched.map(async (it) => ({ ...it, states: await it.read() })));
        this.reset();
        for (const { network, now, states } of found)
          for (const state of states === undefined ? [] : PENDING_STATES)
            this.set(
              { network, state },
              show(
                states?.find((it) => it.state === state),
                now(),
              ),
            );
      },
    });
  gauge('settlements_pending', 'Unfinished settlements.', (found) => found?.count ?? 0);
  gauge(
    'settlement_oldest_pending_seconds',
    'Since the oldest unfinished settlement was accepted; 0 when there is none.',
    (found, nowMs) => (found === undefined ? 0 : Math.max(nowMs - found.oldestQueuedAtMs, 0) / 1000),
  );
  return {
    watch: (network, read, now) => void watched.push({ network, now, read: readAtScrape(read) }),
  };
}
