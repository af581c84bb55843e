import { decodeTransaction, type Result, type Transaction } from '@x402-facilitator/cardano';
import type { RequestStep } from './internals.js';

/** What came of something that must not fail here. */
export function unwrap<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`expected a value, found the failure ${JSON.stringify(result.error)}`);
  return result.value;
}

/** What is wrong with something that must fail here. */
export function faultOf<E>(result: Result<unknown, E>): E {
  if (result.ok) throw new Error('expected a failure, found a value');
  return result.error;
}

/** The transaction that these bytes are. */
export function transactionOf(bytes: Uint8Array): Transaction {
  return unwrap(decodeTransaction(bytes));
}

/** A request that brings a transaction along. */
export function transactionRequestOf(request: RequestStep): Extract<RequestStep, { kind: 'transaction' }> {
  if (request.kind === 'commitment')
    throw new Error('expected a request with a transaction, found a commitment');
  return request;
}
