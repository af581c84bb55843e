import type { SettlementState } from '@x402-facilitator/journal';
import { type Logger, traceFieldsOf } from '@x402-facilitator/shared/telemetry';
import type { TransitionListener } from './settlement-writer.js';

/** States that are logged as warnings, because an operator should notice them. */
const WORTH_A_WARNING: readonly SettlementState[] = ['failed', 'expired', 'ambiguous'];

/** Writes one line for every transition. */
export function logTransitions(logger: Logger, now: () => number): TransitionListener {
  return ({ from, settlement }) => {
    const { txHash, payer, state, attempts, revision, block, confirmations } = settlement;
    const { errorReason, errorMessage, proof, lastProviderMessage } = settlement;
    // One more confirmation is not a new state. With thousands pending, every block would flood the log.
    const level = from === state ? 'debug' : WORTH_A_WARNING.includes(state) ? 'warn' : 'info';
    const line = {
      transaction: txHash,
      userId: payer,
      ...traceFieldsOf(settlement),
      duration: now() - settlement.queuedAtMs,
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
    logger[level](line, `settlement ${state}`);
  };
}
