import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes } from './bytes.js';
import { mayBeValid } from './ed25519-points.js';
import { toHex } from './hex.js';

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

const littleEndian = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes.toReversed())}`);

/** `verifyEd25519` where there is no Node: as strict, and slower. */
export function verifyWithoutNode(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!mayBeValid(publicKey, signature)) return false;
  const nonce = signature.subarray(0, 32);
  const scalar = littleEndian(signature.subarray(32));
  if (scalar >= ORDER) return false;
  try {
    const challenge = littleEndian(sha512(concatBytes([nonce, publicKey, message]))) % ORDER;
    const negated = Point.fromBytes(publicKey).negate().multiplyUnsafe(challenge);
    return equalBytes(Point.BASE.multiplyUnsafe(scalar).add(negated).toBytes(), nonce);
  } catch {
    // The key is not a point on the curve.
    return false;
  }
}
