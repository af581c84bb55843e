import { fromHex, type LedgerFailure } from '@x402-facilitator/cardano';
import type { Question } from '../question.js';
import { emulatorOf } from './emulator.js';
import { failureOf } from './predicates.js';

/** What the library answers. */
export type Answer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly reason: LedgerFailure }
  /** It threw, or said something that is not known here. */
  | { readonly kind: 'failed'; readonly message: string };

/** Some messages repeat the whole transaction. */
const MAX_MESSAGE = 1500;

/** Asks the library. Never throws: whatever it does is an answer. */
export function ask(question: Question): Answer {
  const refusedOrFailed = (text: string): Answer => {
    const message = text.slice(0, MAX_MESSAGE);
    const reason = failureOf(message, question.parameters.protocolVersion.major);
    return reason === undefined ? { kind: 'failed', message } : { kind: 'refused', reason };
  };
  try {
    const transaction = fromHex(question.transactionHex) ?? new Uint8Array();
    const { isSuccess, error = 'no reason' } = emulatorOf(question).submitTx(transaction);
    return isSuccess ? { kind: 'accepted' } : refusedOrFailed(error);
  } catch (error) {
    // It was compiled from Scala: what it throws need not be an Error.
    return refusedOrFailed(String(error));
  }
}
