import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { toHex } from './hex.js';

const FIELD_PRIME = 2n ** 255n - 19n;

/**
 * The y coordinates of the points of small order. Anyone can sign for a key of small order. A node verifies with libsodium,
 * which refuses such keys; OpenSSL does not.
 */
const SMALL_ORDER = new Set([
  0n,
  1n,
  FIELD_PRIME - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]);

/** A compressed point's y coordinate: little endian, without the sign bit. */
function yCoordinate(point: Uint8Array): bigint {
  const bigEndian = Uint8Array.from(point).reverse();
  return BigInt(`0x${toHex(bigEndian)}`) & (2n ** 255n - 1n);
}

/** The key for OpenSSL; `undefined` where a node refuses key or signature without looking at the message. */
function keyFor(publicKey: Uint8Array, signature: Uint8Array): KeyObject | undefined {
  if (publicKey.length !== 32 || signature.length !== 64) return undefined;
  const keyY = yCoordinate(publicKey);
  const nonceY = yCoordinate(signature.subarray(0, 32));
  if (keyY >= FIELD_PRIME || SMALL_ORDER.has(keyY) || SMALL_ORDER.has(nonceY % FIELD_PRIME)) return undefined;
  // OpenSSL takes a JWK (RFC 8037) as it is; decoding DER would cost almost as much as the verification.
  const x = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
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

/** The same in a thread of Node's pool: this thread only hands it over. */
export function verifyEd25519InPool(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const key = keyFor(publicKey, signature);
      if (key === undefined) resolve(false);
      else verify(null, message, key, signature, (_error, isValid) => resolve(isValid === true));
    } catch {
      resolve(false);
    }
  });
}
