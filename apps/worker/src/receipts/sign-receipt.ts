import {
  publicResource,
  RECEIPT_VERSION,
  type Receipt,
  receiptText,
  type SignedReceipt,
  toHex,
} from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { FacilitatorWallet } from '../wallet/index.js';

/** `settle.receiptResource`: how much of the resource's URL a receipt says. */
export type ReceiptResource = Config['settle']['receiptResource'];

/** The content of a settlement's receipt; undefined unless it is confirmed in a block. */
export function receiptOf(settlement: Settlement, says: ReceiptResource): Receipt | undefined {
  if (settlement.state !== 'confirmed' || settlement.finality === 'mempool') return undefined;
  const { block, confirmations, endedAtMs } = settlement;
  const { hash, height, slot } = block;
  const { resource = null } = settlement;
  return {
    version: RECEIPT_VERSION,
    network: settlement.network,
    transaction: settlement.txHash,
    payer: settlement.payer,
    payTo: settlement.payTo,
    asset: settlement.asset,
    amount: settlement.amount.toString(),
    resource: resource === null || says === 'url' ? resource : publicResource(resource),
    block: { hash, height, slot },
    confirmations,
    settledAt: new Date(endedAtMs).toISOString(),
  };
}

/**
 * Signs a receipt with the wallet's payment key, as CIP-30's `signData` does (CIP-8). The same receipt always gets the
 * same signature.
 */
export async function signReceipt(wallet: FacilitatorWallet, receipt: Receipt): Promise<SignedReceipt> {
  const payload = receiptText(receipt);
  const { signature, key } = await wallet.lucid.signMessage(
    wallet.address,
    toHex(new TextEncoder().encode(payload)),
  );
  return { format: 'cip8', payload, signature, key, address: wallet.address };
}
