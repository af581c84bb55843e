import type { OutRefKey } from '../../../ledger/primitives/out-ref.js';
import { decodeTransaction } from '../../../ledger/transaction/decode-transaction.js';
import type { Transaction } from '../../../ledger/transaction/transaction.js';
import { ok, type Result } from '../../../result.js';
import { type Refusal, refuse } from '../../refusal.js';
import { TRANSACTION_CODES } from '../facts/codes.js';
import type { BuyerFacts } from '../facts/facts.js';
import { refundForSellerStage } from '../rules/index.js';
import { bytesOfBase64 } from '../rules/transaction.js';
import type { RefundPayload } from '../shapes/payload.js';

/**
 * Judges a refund as its seller does before it signs: by every rule that needs no more of the chain than where the channel is.
 * Whose collateral it is, and whether the ledger takes it, only a facilitator can say.
 *
 * @param place where the channel is, and the units of its currency that were redeemed of it.
 * @returns the transaction to sign, or the first refusal, with the binding's code.
 * @example
 * const judged = judgeRefund({ ...facts, payload }, { channelRef: record.channelRef, totalClaimed: record.totalClaimed });
 * if (judged.ok) await keys.sign(judged.value.bytes, fromHex(judged.value.id));
 */
export function judgeRefund(
  facts: BuyerFacts<RefundPayload>,
  { channelRef, totalClaimed }: { readonly channelRef: string; readonly totalClaimed: bigint },
): Result<Transaction, Refusal> {
  const bytes = bytesOfBase64(facts.payload.transaction);
  const decoded = bytes && decodeTransaction(bytes);
  if (decoded?.ok !== true)
    return refuse(
      TRANSACTION_CODES.refund,
      `transaction: expected one Conway transaction in base64, found ${decoded?.error ?? 'something else'}`,
    );
  const stage = { kind: 'opened', subbed: totalClaimed } as const;
  const channel = { ref: channelRef as OutRefKey, datum: { stage } };
  const judged = refundForSellerStage.judge({ ...facts, transaction: decoded.value, channel });
  return judged.ok ? ok(decoded.value) : judged;
}
