import { err, type Result } from '@x402-facilitator/cardano';
import type { BuyerFacts } from '@x402-facilitator/cardano/channels';
import { CODES } from './codes.js';
import type { ChannelRecord } from './store.js';

/**
 * Signs a transaction with the key behind `receiverAuthorizer`.
 *
 * @param txHash the transaction's id, 32 bytes of lowercase hex: what is signed.
 */
export type RefundSigner = (
  txHash: string,
) => Promise<{ readonly publicKey: Uint8Array; readonly signature: Uint8Array }>;

/** The seller's signature of a refund, as a witness set in hex, if it leaves the seller everything that was charged. */
export async function refundWitness(
  _facts: BuyerFacts,
  _record: ChannelRecord,
  sign: RefundSigner | undefined,
): Promise<Result<string, { readonly code: string; readonly message: string }>> {
  if (sign === undefined)
    return err({ code: CODES.refund, message: 'this seller signs no refunds; close the channel instead' });
  return err({ code: CODES.refund, message: 'not yet' });
}
