import { sha256 as portable } from '@noble/hashes/sha2.js';
import { nodeCrypto } from './node-crypto.js';

export function sha256(bytes: Uint8Array): Uint8Array {
  if (nodeCrypto === undefined) return portable(bytes);
  return new Uint8Array(nodeCrypto.createHash('sha256').update(bytes).digest());
}
