import type { FollowingMetrics, SettlementMetrics } from '@x402-facilitator/shared/telemetry';
import type { TransitionListener } from './settlement-writer.js';

/** Counts transitions: each on the worker that made it. */
export function countTransitions(
  metrics: {
    readonly settlements: Pick<SettlementMetrics, 'changed'>;
    readonly following: Pick<FollowingMetrics, 'resubmitted'>;
  },
  now: () => number,
): TransitionListener {
  return (transition) => {
    const { network, state, attempts } = transition.settlement;
    metrics.settlements.changed(transition, now());
    if (state === 'submitting' && attempts > 1) metrics.following.resubmitted(network);
  };
}
