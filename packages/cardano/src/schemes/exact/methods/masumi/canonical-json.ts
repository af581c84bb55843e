import { sha256 } from '@noble/hashes/sha2.js';
import canonicalize from 'canonicalize';
import { toHex } from '../../../../ledger/primitives/hex.js';

/** SHA-256 as lowercase hex. */
export function sha256Hex(...parts: readonly (string | Uint8Array)[]): string {
  const hash = sha256.create();
  for (const part of parts) hash.update(typeof part === 'string' ? new TextEncoder().encode(part) : part);
  return toHex(hash.digest());
}

/**
 * The canonical JSON text of a value (RFC 8785).
 *
 * @returns `undefined` for values without one: halves of surrogate pairs, numbers that JSON cannot write, cycles.
 */
export function canonicalJson(value: unknown): string | undefined {
  try {
    return canonicalize(value);
  } catch {
    return undefined;
  }
}

/** Whether a JSON value nests at most `depth` arrays and objects: canonicalization is recursive. */
export function nestsAtMost(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => nestsAtMost(depth - 1, child));
}
