import type { SchemeRegistry } from '@x402-facilitator/cardano';
import { type ErrorReporter, parseTraceparent, settlementFailure } from '@x402-facilitator/shared/telemetry';
import type { TransitionListener } from './settlement-writer.js';

/** Reports every accepted settlement that failed through the facilitator or the chain. */
export function reportFailures(errors: ErrorReporter, schemes: SchemeRegistry): TransitionListener {
  return ({ settlement }) => {
    const { network, txHash, attempts, traceparent } = settlement;
    const reason = settlementFailure(settlement, schemes);
    if (reason === undefined) return;
    errors.report({
      what: `a settlement failed: ${reason}`,
      tags: { network, transaction: txHash, reason, attempts: String(attempts) },
      trace: parseTraceparent(traceparent),
    });
  };
}
