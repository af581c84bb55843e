import { RECEIPT_VERSION, type Receipt } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';

/** What the receipt of a settlement says; undefined unless it is confirmed in a block. */
export function receiptOf(settlement: Settlement): Receipt | undefined {
  if (settlement.state !== 'confirmed' || settlement.finality === 'mempool') return undefined;
  const { block, confirmations, endedAtMs } = settlement;
  const { hash, height, slot } = block;
  return {
    version: RECEIPT_VERSION,
    network: settlement.network,
    transaction: settlement.txHash,
    payer: settlement.payer,
    payTo: settlement.payTo,
    asset: settlement.asset,
    amount: settlement.amount.toString(),
    resource: settlement.resource ?? null,
    block: { hash, height, slot },
    confirmations,
    settledAt: new Date(endedAtMs).toISOString(),
  };
}
