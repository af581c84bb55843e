import { ed25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { pbkdf2Async } from '@noble/hashes/pbkdf2.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@x402-facilitator/cardano/ledger';

/** A private key of BIP32-Ed25519 with its chain code. */
export type ExtendedKey = {
  /** 32 bytes: the scalar, little endian. */
  readonly left: Uint8Array;
  /** 32 bytes: what nonces are made of. */
  readonly right: Uint8Array;
  readonly chainCode: Uint8Array;
};

const HARDENED = 0x8000_0000;
const ITERATIONS = 4096;
const ORDER = ed25519.Point.Fn.ORDER;

/** An index of a derivation path that only the private key can derive, written `index'`. */
export function hardened(index: number): number {
  return HARDENED + index;
}

/**
 * The master key of a wallet from the entropy of its mnemonic (CIP-3, Icarus).
 *
 * @param passphrase the mnemonic's own, which most wallets leave empty.
 */
export async function masterKey(entropy: Uint8Array, passphrase = ''): Promise<ExtendedKey> {
  const data = await pbkdf2Async(sha512, new TextEncoder().encode(passphrase), entropy, {
    c: ITERATIONS,
    dkLen: 96,
  });
  data[0] = (data[0] ?? 0) & 0xf8;
  data[31] = ((data[31] ?? 0) & 0x1f) | 0x40;
  return { left: data.slice(0, 32), right: data.slice(32, 64), chainCode: data.slice(64) };
}

/** A child key (BIP32-Ed25519, version 2; CIP-1852 says at which path a wallet keeps what). */
export function childKey(parent: ExtendedKey, index: number): ExtendedKey {
  const { left, right, chainCode } = parent;
  const indexBytes = new Uint8Array(4);
  new DataView(indexBytes.buffer).setUint32(0, index, true);
  const isHardened = index >= HARDENED;
  const key = isHardened ? concatBytes([left, right]) : publicKeyOf(left);
  const digest = (tag: number) =>
    hmac(sha512, chainCode, concatBytes([Uint8Array.of(isHardened ? tag : tag + 2), key, indexBytes]));
  const z = digest(0);
  return {
    left: toBytes(8n * toNumber(z.slice(0, 28)) + toNumber(left)),
    right: toBytes((toNumber(z.slice(32)) + toNumber(right)) % 2n ** 256n),
    chainCode: digest(1).slice(32),
  };
}

/** @param left the scalar, 32 bytes. */
export function publicKeyOf(left: Uint8Array): Uint8Array {
  return ed25519.Point.BASE.multiply(toNumber(left) % ORDER).toBytes();
}

/** An Ed25519 signature by a key that is a scalar and not a seed (BIP32-Ed25519, section IV). */
export function signExtended(
  { left, right }: Pick<ExtendedKey, 'left' | 'right'>,
  publicKey: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  const nonce = toNumber(sha512(concatBytes([right, message]))) % ORDER;
  const point = ed25519.Point.BASE.multiply(nonce).toBytes();
  const challenge = toNumber(sha512(concatBytes([point, publicKey, message]))) % ORDER;
  return concatBytes([point, toBytes((nonce + challenge * toNumber(left)) % ORDER)]);
}

/** Little endian. */
function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** 32 bytes, little endian. */
function toBytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}
