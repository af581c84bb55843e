import { sha3_256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '../primitives/bytes.js';
import { blake2b224 } from '../primitives/hash.js';
import { toHex } from '../primitives/hex.js';
import type { BootstrapWitness, Transaction } from '../transaction/transaction.js';

/** CBOR of `[0, [0, <64 bytes>], …]`: what a Byron address's root is hashed over, up to the extended public key. */
const ROOT_PREFIX = Uint8Array.of(0x83, 0x00, 0x82, 0x00, 0x58, 0x40);

function rootOf({ publicKey, chainCode, attributes }: BootstrapWitness): string {
  return toHex(blake2b224(sha3_256(concatBytes([ROOT_PREFIX, publicKey, chainCode, attributes]))));
}

/** The roots of the Byron addresses whose owner signed, hex. That the signatures are valid is another rule. */
export function bootstrapRoots(transaction: Transaction): ReadonlySet<string> {
  return new Set(transaction.bootstrapWitnesses.map(rootOf));
}
