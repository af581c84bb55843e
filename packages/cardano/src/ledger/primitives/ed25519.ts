import type { JsonWebKeyInput, KeyObject } from 'node:crypto';
import { mayBeValid } from './ed25519-points.js';
import { verifyWithoutNode } from './ed25519-portable.js';
import { memory } from './memory.js';
import { nodeCrypto } from './node-crypto.js';

/** The key for OpenSSL; `undefined` where a node refuses key or signature without looking at the message. */
function keyFor(publicKey: Uint8Array, signature: Uint8Array): JsonWebKeyInput | undefined {
  if (!mayBeValid(publicKey, signature)) return undefined;
  // OpenSSL takes a JWK (RFC 8037) as it is; decoding DER would cost almost as much as the verification.
  const x = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString('base64url');
  return { key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' };
}

/**
 * Verifies an Ed25519 signature as strictly as a Cardano node: a canonical key, neither key nor nonce point of small
 * order, and the equation without cofactor. False for inputs of a wrong length.
 *
 * @example
 * verifyEd25519(publicKey, message, signature); // true
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (nodeCrypto === undefined) return verifyWithoutNode(publicKey, message, signature);
  try {
    const key = keyFor(publicKey, signature);
    return key !== undefined && nodeCrypto.verify(null, message, key, signature);
  } catch {
    // OpenSSL throws when the bytes are not a point on the curve.
    return false;
  }
}

/** Keys that verify again and again. Reading one costs more than handing a signature over. */
const REPEATING_KEYS = memory<KeyObject>(4_096);

function repeatingKey({ createPublicKey }: typeof import('node:crypto'), input: JsonWebKeyInput): KeyObject {
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
  const node = nodeCrypto;
  if (node === undefined) return Promise.resolve(verifyWithoutNode(publicKey, message, signature));
  return new Promise((resolve) => {
    try {
      const key = keyFor(publicKey, signature);
      if (key === undefined) resolve(false);
      else
        node.verify(null, message, repeatingKey(node, key), signature, (_error, isValid) =>
          resolve(isValid === true),
        );
    } catch {
      resolve(false);
    }
  });
}
