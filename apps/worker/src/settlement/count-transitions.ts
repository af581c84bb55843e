import type { FollowingMetrics, SettlementMetrics } from '@x402-facilitator/shared/telemetry';
import type { SettlementWriter } from './settlement-writer.js';

/** A writer whose changes are counted: what another worker changed, that worker counts. */
export function countTransitions(
  writer: SettlementWriter,
  metrics: {
    readonly settlements: Pick<SettlementMetrics, 'changed'>;
    readonly following: Pick<FollowingMetrics, 'resubmitted'>;
  },
  now: () => number,
): SettlementWriter {
  return {
    async transition(request) {
      const outcome = await writer.transition(request);
      if (outcome.kind === 'changed') {
        const { network, attempts } = outcome.settlement;
        metrics.settlements.changed(outcome, now());
        if (request.to === 'submitting' && attempts > 1) metrics.following.resubmitted(network);
      }
      return outcome;
    },
  };
}
