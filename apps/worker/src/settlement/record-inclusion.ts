import type { ChainPoint, SchemeRegistry } from '@x402-facilitator/cardano';
import { AWAITING_STATES, type Settlement, type TransitionOutcome } from '@x402-facilitator/journal';
import type { SettlementWriter } from './settlement-writer.js';

/**
 * Records that a transaction is in a canonical block: included, or failed when its scripts did. A settlement that was
 * confirmed by mempool acceptance stays confirmed and gets its block.
 */
export async function recordInclusion(
  { writer, schemes }: { readonly writer: SettlementWriter; readonly schemes: Pick<SchemeRegistry, 'of'> },
  settlement: Settlement,
  evidence: {
    readonly block: ChainPoint;
    readonly validContract: boolean;
    /** Newer canonical blocks on top that the caller knows of. */
    readonly confirmations: number;
    readonly leaseFence?: number;
  },
): Promise<TransitionOutcome> {
  const { network, txHash, state } = settlement;
  const { block, validContract, confirmations, leaseFence } = evidence;
  const shared = { network, txHash, ...(leaseFence === undefined ? {} : { leaseFence }) };
  if (validContract) {
    const change = { block, confirmations };
    return state === 'confirmed'
      ? writer.transition({ ...shared, from: ['confirmed'], to: 'confirmed', change })
      : writer.transition({ ...shared, from: AWAITING_STATES, to: 'included', change });
  }
  if (state === 'confirmed') await writer.transition({ ...shared, from: ['confirmed'], to: 'submitted' });
  return writer.transition({
    ...shared,
    from: AWAITING_STATES,
    to: 'failed',
    change: {
      errorReason: schemes.of(settlement.scheme).codes.scriptFailed,
      errorMessage: `block ${block.hash} holds the transaction with failed scripts: it took its collateral and paid nothing`,
      proof: { kind: 'script-failure', block },
    },
  });
}
