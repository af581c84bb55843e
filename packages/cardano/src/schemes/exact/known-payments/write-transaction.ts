import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { addressOf } from '../../../ledger/address/index.js';
import { encodeArray, encodeBytes, encodeHead, encodeMap } from '../../../ledger/cbor/index.js';
import { type AssetId, LOVELACE } from '../../../ledger/primitives/asset.js';
import { blake2b224, blake2b256 } from '../../../ledger/primitives/hash.js';
import { fromHex } from '../../../ledger/primitives/hex.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';

/** PKCS #8 in front of an Ed25519 seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const ENTERPRISE_KEY = 0x60;
const ENTERPRISE_SCRIPT = 0x70;
const TRUE = Uint8Array.of(0xf5);
const NULL = Uint8Array.of(0xf6);

/** Anyone can read it here. It locks nothing on any chain. */
const SEED = Buffer.from('x402 known payments, nothing here');
const PRIVATE_KEY = createPrivateKey({
  key: Buffer.concat([PKCS8_PREFIX, blake2b256(SEED)]),
  format: 'der',
  type: 'pkcs8',
});
const { x: PUBLIC_KEY_TEXT = '' } = createPublicKey(PRIVATE_KEY).export({ format: 'jwk' });
const PUBLIC_KEY = new Uint8Array(Buffer.from(PUBLIC_KEY_TEXT, 'base64url'));

export type OwnAddress = { readonly bytes: Uint8Array; readonly text: string };

function ownAddress(header: number, hash: Uint8Array): OwnAddress {
  const bytes = Uint8Array.of(header, ...hash);
  const address = addressOf(bytes);
  if (!address.ok) throw new TypeError(address.error);
  return { bytes, text: address.value.text };
}

/** The address whose key signs. */
export function payerAddress(networkId: 0 | 1): OwnAddress {
  return ownAddress(ENTERPRISE_KEY | networkId, blake2b224(PUBLIC_KEY));
}

/** The address of a key that signs nothing. */
export function sellerAddress(networkId: 0 | 1): OwnAddress {
  return ownAddress(ENTERPRISE_KEY | networkId, blake2b224(Buffer.from('seller')));
}

export function scriptAddress(networkId: 0 | 1, scriptHash: Uint8Array): OwnAddress {
  return ownAddress(ENTERPRISE_SCRIPT | networkId, scriptHash);
}

export function unsigned(value: bigint | number): Uint8Array {
  return encodeHead(0, BigInt(value));
}

export function outRefCbor({ txHash, index }: OutRef): Uint8Array {
  return encodeArray([encodeBytes(fromHex(txHash) ?? new Uint8Array()), unsigned(index)]);
}

export type OwnOutput = {
  readonly address: OwnAddress;
  readonly lovelace: bigint;
  /** One more asset in it. */
  readonly asset?: { readonly id: AssetId; readonly quantity: bigint } | undefined;
};

function outputCbor({ address, lovelace, asset }: OwnOutput): Uint8Array {
  const coin = unsigned(lovelace);
  return encodeMap([
    [unsigned(0), encodeBytes(address.bytes)],
    [
      unsigned(1),
      asset === undefined || asset.id === LOVELACE ? coin : encodeArray([coin, assetCbor(asset)]),
    ],
  ]);
}

function assetCbor({ id, quantity }: NonNullable<OwnOutput['asset']>): Uint8Array {
  const [policy = '', name = ''] = id.split('.').map((hex) => fromHex(hex) ?? new Uint8Array());
  return encodeMap([
    [encodeBytes(Buffer.from(policy)), encodeMap([[encodeBytes(Buffer.from(name)), unsigned(quantity)]])],
  ]);
}

export type OwnTransaction = {
  readonly input: OutRef;
  readonly outputs: readonly OwnOutput[];
  readonly fee: bigint;
  readonly ttl: number;
  /** Further fields by key, as CBOR. */
  readonly body?: readonly (readonly [number, Uint8Array])[];
  readonly witnesses?: readonly (readonly [number, Uint8Array])[];
  /** Bends the signature. */
  readonly isForged?: boolean;
};

const fields = (entries: readonly (readonly [number, Uint8Array])[]) =>
  encodeMap(entries.map(([key, value]) => [unsigned(key), value]));

/** The transaction, signed, as base64. */
export function writeTransaction(transaction: OwnTransaction): string {
  const { input, outputs, fee, ttl, body = [], witnesses = [], isForged = false } = transaction;
  const bodyBytes = fields([
    [0, encodeArray([outRefCbor(input)])],
    [1, encodeArray(outputs.map(outputCbor))],
    [2, unsigned(fee)],
    [3, unsigned(ttl)],
    ...body,
  ]);
  const signature = sign(null, blake2b256(bodyBytes), PRIVATE_KEY);
  if (isForged) signature[0] = (signature[0] ?? 0) ^ 1;
  const witness = encodeArray([encodeBytes(PUBLIC_KEY), encodeBytes(signature)]);
  const witnessSet = fields([[0, encodeArray([witness])], ...witnesses]);
  return Buffer.from(encodeArray([bodyBytes, witnessSet, TRUE, NULL])).toString('base64');
}
