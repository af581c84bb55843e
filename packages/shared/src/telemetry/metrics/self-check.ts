import type { Network } from '@x402-facilitator/cardano';
import { createNetworkGauge } from './network-gauge.js';
import type { MetricsRegistry } from './registry.js';

/** What the self-check shows of one network. */
export type SelfCheckSample = {
  readonly isPassing: boolean;
  /** Of the latest check; null before the first. */
  readonly ageSeconds: number | null;
  readonly durationSeconds: number | null;
};

export function createSelfCheckMetrics(registry: MetricsRegistry): {
  watch(network: Network, read: () => SelfCheckSample | undefined): void;
} {
  const passing = createNetworkGauge({
    registry,
    name: 'self_check_passing',
    help: '1 while payments whose verdicts are known get them, 0 while not: the replica is then not ready.',
  });
  const age = createNetworkGauge({
    registry,
    name: 'self_check_age_seconds',
    help: 'Time since the latest check of the verifier by itself ended.',
  });
  const duration = createNetworkGauge({
    registry,
    name: 'self_check_duration_seconds',
    help: 'How long that check took.',
  });
  return {
    watch(network, read) {
      passing.watch(network, async () => (read()?.isPassing ? 1 : 0));
      age.watch(network, async () => read()?.ageSeconds ?? undefined);
      duration.watch(network, async () => read()?.durationSeconds ?? undefined);
    },
  };
}
