import { knownAsset, type Network, type Result } from '@x402-facilitator/cardano';
import type { ChannelBooks, Settlement } from '@x402-facilitator/journal';
import { Counter, Gauge } from 'prom-client';
import { readAtScrape } from './read-at-scrape.js';
import type { MetricsRegistry } from './registry.js';

export type ChannelMetrics = {
  /** A settlement that this process has ended for the first time. Payments are not counted here. */
  ended(settlement: Settlement): void;
  /** Shows a network's channels from now on, read at each scrape. Every worker shows the same. */
  watch(network: Network, read: () => Promise<Result<ChannelBooks, string>>, now: () => number): void;
};

const COUNTERS = {
  deposit: {
    name: 'channel_deposits_total',
    help: 'Deposits into channels, openings and top-ups, by how they first ended.',
  },
  claim: {
    name: 'channel_claims_total',
    help: 'Claims from channels, each of any number of channels, by how they first ended.',
  },
  refund: {
    name: 'channel_closes_total',
    help: 'Channels closed by buyer and seller together, by how that first ended.',
  },
} as const;

const OUTCOMES = ['confirmed', 'failed', 'expired', 'superseded'] as const;

/** Counts what is settled on channels, and shows what they hold. */
export function createChannelMetrics(registry: MetricsRegistry): ChannelMetrics {
  const registers = [registry];
  const counter = ({ name, help }: { readonly name: string; readonly help: string }) =>
    new Counter({ name, help, labelNames: ['network', 'outcome'], registers });
  const counters = {
    deposit: counter(COUNTERS.deposit),
    claim: counter(COUNTERS.claim),
    refund: counter(COUNTERS.refund),
  };
  const watched: {
    readonly network: Network;
    readonly read: () => Promise<Result<ChannelBooks, string> | undefined>;
    readonly now: () => number;
  }[] = [];
  const gauge = <Label extends string>(
    options: { readonly name: string; readonly help: string; readonly labelNames: readonly Label[] },
    show: (set: Gauge<Label>, books: ChannelBooks, network: Network, nowMs: number) => void,
  ) =>
    new Gauge<Label>({
      ...options,
      registers,
      async collect() {
        const found = await Promise.all(watched.map(async (it) => ({ ...it, books: await it.read() })));
        this.reset();
        for (const { network, now, books } of found) if (books?.ok) show(this, books.value, network, now());
      },
    });
  gauge(
    {
      name: 'x402_active_subscriptions',
      help: 'Open channels that deposits and claims settled here have shown.',
      labelNames: ['network'],
    },
    (set, { open }, network) => set.set({ network }, open),
  );
  gauge(
    {
      name: 'x402_credit_balance',
      help: 'What these channels hold, in whole units of the asset; atomic units for other.',
      labelNames: ['network', 'asset'],
    },
    (set, { locked }, network) => {
      for (const [asset, amount] of locked) {
        const { symbol, decimals } = knownAsset(asset);
        set.set({ network, asset: symbol }, Number(amount) / 10 ** decimals);
      }
    },
  );
  gauge(
    {
      name: 'channel_claim_oldest_pending_seconds',
      help: 'Since the oldest unfinished claim from channels was accepted; 0 when there is none.',
      labelNames: ['network'],
    },
    (set, { oldestClaimAtMs }, network, nowMs) =>
      set.set({ network }, oldestClaimAtMs === undefined ? 0 : Math.max(nowMs - oldestClaimAtMs, 0) / 1000),
  );
  return {
    ended({ kind, network, state, proof }) {
      if (kind === 'payment') return;
      const outcome = proof?.kind === 'superseded' ? 'superseded' : state;
      counters[kind].inc({ network, outcome });
    },
    watch(network, read, now) {
      for (const each of Object.values(counters))
        for (const outcome of OUTCOMES) each.inc({ network, outcome }, 0);
      watched.push({ network, now, read: readAtScrape(read) });
    },
  };
}
