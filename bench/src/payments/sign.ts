import { generateKeyPairSync, sign } from 'node:crypto';
import {
  addressOf,
  blake2b224,
  blake2b256,
  isTxHash,
  type OutRef,
  type TxHash,
  toHex,
} from '@x402-facilitator/cardano';
import { encode, Tag } from 'cbor2';

/** A key with the enterprise address that it owns on a testnet. */
export type Keys = {
  readonly publicKey: Uint8Array;
  /** bech32. */
  readonly address: string;
  readonly addressBytes: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
};

/** Header of an enterprise address of a key on network id 0 (CIP-0019). */
const ENTERPRISE_KEY_ON_TESTNETS = 0x60;

/** A fresh key. It never leaves this process. */
export function generateKeys(): Keys {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const key = plain(Buffer.from(x, 'base64url'));
  const address = addressOf(Uint8Array.from([ENTERPRISE_KEY_ON_TESTNETS, ...plain(blake2b224(key))]));
  if (!address.ok) throw new Error(`a key hash makes an address: ${address.error}`);
  return {
    publicKey: key,
    address: address.value.text,
    addressBytes: plain(address.value.bytes),
    sign: (message) => plain(sign(null, message, privateKey)),
  };
}

/** cbor2 would encode a Buffer by its toJSON. */
const plain = (bytes: Uint8Array) => Uint8Array.from(bytes);

/** What a transaction with one input spends and pays. */
export type Spending = {
  readonly source: OutRef;
  readonly sourceLovelace: bigint;
  readonly payer: Keys;
  /** The bytes of an address. */
  readonly to: Uint8Array;
  /** Lovelace. What it leaves, less the fee, returns to the payer. */
  readonly amount: bigint;
  /** First slot at which the transaction is no longer valid; without it, it stays valid. */
  readonly ttl?: number;
};

export type SignedTransaction = { readonly txHash: TxHash; readonly bytes: Uint8Array };

/** More than any of these transactions must pay, and no more than the facilitator allows. */
export const FEE_LOVELACE = 200_000n;
/** Tag of a set (CIP-0021 and the Conway CDDL). */
const SET = 258;

export function signTransaction(spending: Spending): SignedTransaction {
  const { source, sourceLovelace, payer, to, amount, ttl } = spending;
  const change = sourceLovelace - amount - FEE_LOVELACE;
  const body = encode(
    new Map<number, unknown>([
      [0, new Tag(SET, [[plain(Buffer.from(source.txHash, 'hex')), source.index]])],
      [1, [outputOf(to, amount), ...(change > 0n ? [outputOf(payer.addressBytes, change)] : [])]],
      [2, FEE_LOVELACE],
      ...(ttl === undefined ? [] : [[3, ttl] as const]),
    ]),
  );
  const hash = plain(blake2b256(body));
  const txHash = toHex(hash);
  if (!isTxHash(txHash)) throw new Error('blake2b-256 gives 32 bytes');
  const witnesses = encode(new Map([[0, new Tag(SET, [[payer.publicKey, payer.sign(hash)]])]]));
  // The body must be the very bytes that were hashed: [body, witnesses, true, null].
  return { txHash, bytes: Buffer.concat([Uint8Array.of(0x84), body, witnesses, Uint8Array.of(0xf5, 0xf6)]) };
}

function outputOf(address: Uint8Array, lovelace: bigint): Map<number, unknown> {
  return new Map<number, unknown>([
    [0, address],
    [1, lovelace],
  ]);
}
