import {
  decodeTransaction,
  type OutRefKey,
  outRefKey,
  parseOutRef,
  type TxHash,
} from '@x402-facilitator/cardano/ledger';
import type { ChainReader } from '../chain/index.js';
import type { PurchaseRecord } from './record.js';

/** Whether a payment is on the ledger: it is, it can no longer be, or it may still be. */
export type Fate = 'included' | 'impossible' | 'possible';

/** A signed transaction, as far as its fate depends on it. */
export type SignedOnce = {
  readonly txHash: TxHash;
  readonly inputs: readonly OutRefKey[];
  /** The slot from which it can no longer be included, and when that slot begins. */
  readonly ttl: number;
  readonly validToMs: number;
};

/** How much later than a TTL the tip must be, and how deep a conflicting transaction, to be safe from rollbacks. */
export const SAFE_SLOTS = 120;
export const SAFE_BLOCKS = 10;

/** What became of a purchase's payment, as `fateOfTransaction` says. */
export function fateOf({ payment }: PurchaseRecord, chain: ChainReader, nowMs: number): Promise<Fate> {
  return fateOfTransaction({ ...payment, txHash: payment.transactionId }, chain, nowMs);
}

/**
 * What the buyer's own provider and clock say of a transaction. No other word is believed.
 *
 * @throws ChainUnreachableError when the provider does not answer.
 */
export async function fateOfTransaction(
  payment: SignedOnce,
  chain: ChainReader,
  nowMs: number,
): Promise<Fate> {
  // The tip first: what was included until then is seen by the look-up after it.
  const tip = await chain.tip();
  if ((await chain.transaction(payment.txHash)) !== undefined) return 'included';
  if (nowMs > payment.validToMs && tip.slot >= payment.ttl + SAFE_SLOTS) return 'impossible';
  for (const input of payment.inputs) {
    const ref = parseOutRef(input);
    const spender = ref && (await chain.spenderOf(ref));
    if (spender === undefined || spender === payment.txHash) continue;
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
