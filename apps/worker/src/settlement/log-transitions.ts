import type { SettlementState } from '@x402-facilitator/journal';
import { type Logger, traceFieldsOf } from '@x402-facilitator/shared/telemetry';
import type { Transition, TransitionListener } from './settlement-writer.js';

/** States that an operator should read about without looking for them. */
const WORTH_A_WARNING: readonly SettlementState[] = ['failed', 'expired', 'ambiguous'];

/** Writes one line for every transition. */
export function logTransitions(logger: Logger, now: () => number): TransitionListener {
  return (transition) => {
    const { from, settlement } = transition;
    const { state } = settlement;
    // One more confirmation is not a new state: with thousands pending, each block would drown the log.
    const level = from === state ? 'debug' : WORTH_A_WARNING.includes(state) ? 'warn' : 'info';
    logger[level](lineOf(transition, now()), `settlement ${state}`);
  };
}

function lineOf({ from, settlement }: Transition, nowMs: number): Record<string, unknown> {
  const { txHash, payer, state, attempts, revision, block, confirmations } = settlement;
  const { errorReason, errorMessage, proof, lastProviderMessage } = settlement;
  return {
    transaction: txHash,
    userId: payer,
    ...traceFieldsOf(settlement),
    duration: nowMs - settlement.queuedAtMs,
    metadata: {
      from,
      to: state,
      attempts,
      revision,
      block,
      confirmations,
      errorReason,
      errorMessage,
      proof,
      providerMessage: state === 'included' || state === 'confirmed' ? undefined : lastProviderMessage,
    },
  };
}
