import { decodeTransaction, outRefKey, parseOutRef } from '@x402-facilitator/cardano/ledger';
import type { ChainReader } from '../chain/index.js';
import type { PurchaseRecord } from './record.js';

/** Whether a payment is on the ledger: it is, it can no longer be, or it may still be. */
export type Fate = 'included' | 'impossible' | 'possible';

/** How much later than a TTL the tip must be, and how deep a conflicting transaction, to be safe from rollbacks. */
export const SAFE_SLOTS = 120;
export const SAFE_BLOCKS = 10;

/**
 * What the buyer's own provider and clock say of a payment. No other word is believed.
 *
 * @throws ChainUnreachableError when the provider does not answer.
 */
export async function fateOf({ payment }: PurchaseRecord, chain: ChainReader, nowMs: number): Promise<Fate> {
  // The tip first: what was included until then is seen by the look-up after it.
  const tip = await chain.tip();
  if ((await chain.transaction(payment.transactionId)) !== undefined) return 'included';
  if (nowMs > payment.validToMs && tip.slot >= payment.ttl + SAFE_SLOTS) return 'impossible';
  for (const input of payment.inputs) {
    const ref = parseOutRef(input);
    const spender = ref && (await chain.spenderOf(ref));
    if (spender === undefined || spender === payment.transactionId) continue;
    const found = await chain.transaction(spender);
    if (found === undefined || tip.height - found.height < SAFE_BLOCKS) continue;
    const decoded = decodeTransaction(found.bytes);
    const isProven =
      decoded.ok &&
      decoded.value.id === spender &&
      decoded.value.inputs.some((each) => outRefKey(each) === input);
    if (isProven) return 'impossible';
  }
  return 'possible';
}
