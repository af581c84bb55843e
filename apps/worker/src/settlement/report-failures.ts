import type { SchemeRegistry } from '@x402-facilitator/cardano';
import { type ErrorReporter, parseTraceparent, settlementFailure } from '@x402-facilitator/shared/telemetry';
import type { SettlementWriter } from './settlement-writer.js';

/** A writer that reports every accepted settlement that came to nothing through the facilitator or the chain. */
export function reportFailures(
  writer: SettlementWriter,
  errors: ErrorReporter | undefined,
  schemes: SchemeRegistry,
): SettlementWriter {
  if (errors === undefined) return writer;
  return {
    async transition(request) {
      const outcome = await writer.transition(request);
      if (outcome.kind === 'changed') {
        const { network, txHash, attempts, traceparent } = outcome.settlement;
        const reason = settlementFailure(outcome.settlement, schemes);
        if (reason !== undefined)
          errors.report({
            what: `a settlement failed: ${reason}`,
            tags: { network, transaction: txHash, reason, attempts: String(attempts) },
            trace: parseTraceparent(traceparent),
          });
      }
      return outcome;
    },
  };
}
