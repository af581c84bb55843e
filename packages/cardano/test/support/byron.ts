import { crc32 } from 'node:zlib';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { blake2b224 } from '@x402-facilitator/cardano';
import * as cbor from './cbor-writer.js';
import type { Wallet } from './wallet.js';

const CHAIN_CODE = new Uint8Array(32).fill(7);
const PREVIEW_MAGIC = 2;

/** What a Byron address of a wallet is made of. */
export type ByronParts = { readonly bytes: Uint8Array; readonly attributes: Uint8Array };

/**
 * The Byron address of a wallet's key: with a network magic on a testnet, with none on mainnet.
 *
 * @param pathLength bytes of a derivation path among its attributes, if there is one.
 */
export function byronAddressOf(wallet: Wallet, networkId: 0 | 1, pathLength?: number): ByronParts {
  const magic = cbor.bytes(cbor.int(PREVIEW_MAGIC));
  const path = cbor.bytes(cbor.bytes(new Uint8Array(pathLength ?? 0)));
  const attributes = cbor.map([
    ...(pathLength === undefined ? [] : [[cbor.int(1), path] as const]),
    ...(networkId === 0 ? [[cbor.int(2), magic] as const] : []),
  ]);
  const extendedKey = cbor.bytes(cbor.concat(wallet.publicKey, CHAIN_CODE));
  const spending = cbor.array([cbor.int(0), cbor.array([cbor.int(0), extendedKey]), attributes]);
  const root = blake2b224(sha3_256(spending));
  const payload = cbor.array([cbor.bytes(root), attributes, cbor.int(0)]);
  const bytes = cbor.array([cbor.tag(24, cbor.bytes(payload)), cbor.int(crc32(payload))]);
  return { bytes, attributes };
}

/** The witness with which a wallet spends from its Byron address. */
export function bootstrapWitness(wallet: Wallet, message: Uint8Array, attributes: Uint8Array): cbor.Cbor {
  return cbor.array([
    cbor.bytes(wallet.publicKey),
    cbor.bytes(wallet.sign(message)),
    cbor.bytes(CHAIN_CODE),
    cbor.bytes(attributes),
  ]);
}
