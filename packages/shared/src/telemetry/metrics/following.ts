import type { Network } from '@x402-facilitator/cardano';
import type { ChainBlock } from '@x402-facilitator/chain';
import { Counter, Gauge } from 'prom-client';
import type { MetricsRegistry } from './registry.js';

export type FollowingMetrics = {
  /** A look at the tip, at `atMs` (POSIX ms). */
  sawTip(network: Network, tip: Pick<ChainBlock, 'hash' | 'height'>, atMs: number): void;
  /** So many blocks that had been read left the chain at once. */
  rolledBack(network: Network, blocks: number): void;
  /** The same bytes were sent again. */
  resubmitted(network: Network): void;
  /** Shows a network's chain from now on, as long as this worker follows it. */
  watch(network: Network, isFollower: () => boolean, now: () => number): void;
};

/**
 * Metrics of the follower. The age of a tip counts from when this worker first saw it: that needs no slot times, and
 * shows a chain that has stopped. While nothing is pending the follower does not look, and the age grows.
 */
export function createFollowingMetrics(registry: MetricsRegistry): FollowingMetrics {
  type Watched = {
    readonly network: Network;
    readonly isFollower: () => boolean;
    readonly now: () => number;
  };
  type Seen = { readonly hash: string; readonly height: number; readonly sinceMs: number };
  const watched: Watched[] = [];
  const tips = new Map<Network, Seen>();
  const shared = { labelNames: ['network'] as const, registers: [registry] };
  const gauge = (name: string, help: string, show: (tip: Seen, nowMs: number) => number) =>
    new Gauge({
      ...shared,
      name,
      help,
      collect() {
        this.reset();
        for (const { network, isFollower, now } of watched) {
          const tip = tips.get(network);
          if (tip !== undefined && isFollower()) this.set({ network }, show(tip, now()));
        }
      },
    });
  gauge('chain_tip_height', 'Height of the newest block that the follower saw.', ({ height }) => height);
  gauge(
    'chain_tip_age_seconds',
    'Since the follower first saw the newest block; it looks only while something is pending.',
    ({ sinceMs }, nowMs) => Math.max(nowMs - sinceMs, 0) / 1000,
  );
  const rollbacks = new Counter({
    ...shared,
    name: 'chain_rollbacks_total',
    help: 'Times that blocks which the follower had read left the chain.',
  });
  const rolledBackBlocks = new Counter({
    ...shared,
    name: 'chain_rolled_back_blocks_total',
    help: 'Blocks that the follower had read and that left the chain.',
  });
  const resubmissions = new Counter({
    ...shared,
    name: 'chain_resubmissions_total',
    help: 'Submissions of a transaction after its first one.',
  });
  return {
    sawTip(network, { hash, height }, atMs) {
      if (tips.get(network)?.hash !== hash) tips.set(network, { hash, height, sinceMs: atMs });
    },
    rolledBack(network, blocks) {
      rollbacks.inc({ network });
      rolledBackBlocks.inc({ network }, blocks);
    },
    resubmitted: (network) => resubmissions.inc({ network }),
    watch(network, isFollower, now) {
      rollbacks.inc({ network }, 0);
      rolledBackBlocks.inc({ network }, 0);
      resubmissions.inc({ network }, 0);
      watched.push({ network, isFollower, now });
    },
  };
}
