import { blake2b } from '@noble/hashes/blake2.js';

/**
 * BLAKE2b with a 256 bit digest: transaction ids, auxiliary data, datums, script data.
 *
 * @example
 * const txHash = toHex(blake2b256(body));
 */
export function blake2b256(bytes: Uint8Array): Uint8Array {
  return blake2b(bytes, { dkLen: 32 });
}

/**
 * BLAKE2b with a 224 bit digest: key hashes and script hashes.
 *
 * @example
 * const keyHash = toHex(blake2b224(publicKey));
 */
export function blake2b224(bytes: Uint8Array): Uint8Array {
  return blake2b(bytes, { dkLen: 28 });
}
