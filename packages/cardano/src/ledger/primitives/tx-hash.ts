import type { Brand } from './brand.js';

/** A canonical transaction id: 64 lowercase hex characters, blake2b-256 over the body's own bytes. */
export type TxHash = Brand<string, 'TxHash'>;

const TX_HASH = /^[0-9a-f]{64}$/;

/**
 * True when `value` is 64 lowercase hex characters.
 *
 * @example
 * isTxHash('ab'.repeat(32)); // true
 * isTxHash('AB'.repeat(32)); // false: parseTxHash reads either case
 */
export function isTxHash(value: string): value is TxHash {
  return TX_HASH.test(value);
}

/**
 * Parses a transaction id in either hex case.
 *
 * @returns the id in lowercase; `undefined` when `value` is not 64 hex characters.
 * @example
 * parseTxHash('AB'.repeat(32)); // 'abab…'
 */
export function parseTxHash(value: string): TxHash | undefined {
  const lower = value.toLowerCase();
  return isTxHash(lower) ? lower : undefined;
}
