import { RECEIPT_VERSION, type Receipt } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';

/** What the receipt of a settlement says; undefined unless it is confirmed in a block. */
export function receiptOf(settlement: Settlement): Receipt | undefined {
  const { state, block, confirmations, settledAtMs } = settlement;
  if (
    state !== 'confirmed' ||
    block === undefined ||
    confirmations === undefined ||
    settledAtMs === undefined
  )
    return undefined;
  const { hash, height, slot } = block;
  return {
    version: RECEIPT_VERSION,
    network: settlement.network,
    transaction: settlement.transaction,
    payer: settlement.payer,
    payTo: settlement.payTo,
    asset: settlement.asset,
    amount: settlement.amount.toString(),
    resource: settlement.resource ?? null,
    block: { hash, height, slot },
    confirmations,
    settledAt: new Date(settledAtMs).toISOString(),
  };
}
