import { parseTxHash, type TxHash } from './tx-hash.js';

/** A reference to a transaction output. */
export type OutRef = { readonly txHash: TxHash; readonly index: number };

/** `txHash#index` in lowercase, as claims, caches and messages write it. */
export type OutRefKey = `${TxHash}#${number}`;

const OUT_REF = /^([0-9a-fA-F]{64})#(0|[1-9][0-9]{0,4})$/;
/** The ledger stores an output index in 16 bits. */
const MAX_INDEX = 65_535;

/**
 * An output reference as text and as a key of maps.
 *
 * @example
 * outRefKey({ txHash, index: 1 }); // 'abab…#1'
 */
export function outRefKey(ref: OutRef): OutRefKey {
  return `${ref.txHash}#${ref.index}`;
}

/**
 * Parses `64 hex#index` in either hex case (scheme: `payload.nonce`).
 *
 * @returns `undefined` for any other form.
 * @example
 * parseOutRef(`${'ab'.repeat(32)}#1`); // { txHash: 'abab…', index: 1 }
 */
export function parseOutRef(value: string): OutRef | undefined {
  const match = OUT_REF.exec(value);
  if (match === null) return undefined;
  const txHash = parseTxHash(match[1] ?? '');
  const index = Number(match[2]);
  return txHash === undefined || index > MAX_INDEX ? undefined : { txHash, index };
}
