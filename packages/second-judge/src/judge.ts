import { decodeTransaction, fromHex, type LedgerFailure } from '@x402-facilitator/cardano';
import { GAPS } from './gaps.js';
import type { Question } from './question.js';
import { ask } from './scalus/ask.js';

/** What the second judge says of a transaction. */
export type Verdict =
  | { readonly kind: 'accepted' }
  /** The first predicate that it found to fail, by the ledger's own name. */
  | { readonly kind: 'refused'; readonly reason: LedgerFailure }
  /** Says nothing about the transaction. `gap` names the entry of `GAPS`, or is `failed` where none explains it. */
  | { readonly kind: 'cannotJudge'; readonly gap: string; readonly why: string };

/**
 * Judges a whole transaction, phase 1 and phase 2, by another implementation of the ledger than this product's. Never
 * throws. A script runs until its declared budget is spent: ask in a thread that can be ended where strangers send the
 * transactions.
 *
 * @example
 * const verdict = judge(questionOf({ transaction, parameters, slot, network, outputs }, timeline));
 */
export function judge(question: Question): Verdict {
  const answer = ask(question);
  const decoded = decodeTransaction(fromHex(question.transactionHex) ?? new Uint8Array());
  const gap = decoded.ok
    ? GAPS.find(({ applies }) => applies({ question, transaction: decoded.value, answer }))
    : undefined;
  if (gap !== undefined) return { kind: 'cannotJudge', gap: gap.name, why: gap.why };
  return answer.kind === 'failed' ? { kind: 'cannotJudge', gap: 'failed', why: answer.message } : answer;
}
