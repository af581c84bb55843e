import { createPublicKey, type JsonWebKeyInput, type KeyObject, verify } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** A y coordinate in 32 bytes, little endian. */
function encodingOf(y: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((y >> BigInt(8 * index)) & 0xffn));
}

const FIELD_PRIME = 2n ** 255n - 19n;

/**
 * The y coordinates of the points of small order, in every encoding: 0 and 1 have two. Anyone can sign for a key of small order. A
 * node verifies with libsodium, which refuses such keys; OpenSSL does not.
 */
const SMALL_ORDER: readonly Uint8Array[] = [
  0n,
  1n,
  FIELD_PRIME - 1n,
  FIELD_PRIME,
  FIELD_PRIME + 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
].map(encodingOf);

const SIGN_BIT = 0x80;
/** The lowest byte of the prime. All above it are 0xff, and the highest is 0x7f. */
const PRIME_LOWEST = 0xed;

/** Whether a compressed point, its sign bit aside, has a y coordinate of small order. */
function isOfSmallOrder(point: Uint8Array): boolean {
  return SMALL_ORDER.some((y) => {
    for (let index = 0; index < 31; index += 1) if (point[index] !== y[index]) return false;
    return ((point[31] ?? 0) & ~SIGN_BIT) === y[31];
  });
}

/** Whether a compressed point's y coordinate is below the prime. */
function isCanonical(point: Uint8Array): boolean {
  if (((point[31] ?? 0) | SIGN_BIT) !== 0xff) return true;
  for (let index = 30; index > 0; index -= 1) if (point[index] !== 0xff) return true;
  return (point[0] ?? 0) < PRIME_LOWEST;
}

/** The key for OpenSSL; `undefined` where a node refuses key or signature without looking at the message. */
function keyFor(publicKey: Uint8Array, signature: Uint8Array): JsonWebKeyInput | undefined {
  if (publicKey.length !== 32 || signature.length !== 64) return undefined;
  if (!isCanonical(publicKey) || isOfSmallOrder(publicKey) || isOfSmallOrder(signature)) return undefined;
  // OpenSSL takes a JWK (RFC 8037) as it is; decoding DER would cost almost as much as the verification.
  const x = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString('base64url');
  return { key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' };
}

/**
 * Verifies an Ed25519 signature as strictly as a Cardano node: a canonical key, neither key nor nonce point of small
 * order, and the equation without cofactor. False for inputs of a wrong length.
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = keyFor(publicKey, signature);
    return key !== undefined && verify(null, message, key, signature);
  } catch {
    // OpenSSL throws when the bytes are not a point on the curve.
    return false;
  }
}

/** Keys that verify again and again. Reading one costs more than handing a signature over. */
const REPEATING_KEYS = new LRUCache<string, KeyObject>({ max: 4_096 });

function repeatingKey(input: JsonWebKeyInput): KeyObject {
  const name = String(input.key.x);
  const known = REPEATING_KEYS.get(name);
  if (known !== undefined) return known;
  const key = createPublicKey(input);
  REPEATING_KEYS.set(name, key);
  return key;
}

/** The same in a thread of Node's pool, for keys that sign often: this thread only hands it over. */
export function verifyEd25519InPool(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const key = keyFor(publicKey, signature);
      if (key === undefined) resolve(false);
      else
        verify(null, message, repeatingKey(key), signature, (_error, isValid) => resolve(isValid === true));
    } catch {
      resolve(false);
    }
  });
}
