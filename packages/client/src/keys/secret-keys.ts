import { ed25519 } from '@noble/curves/ed25519.js';
import { bech32 } from '@scure/base';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import {
  addressOf,
  blake2b224,
  concatBytes,
  type Network,
  networkIdOf,
  toHex,
} from '@x402-facilitator/cardano/ledger';
import {
  childKey,
  type ExtendedKey,
  hardened,
  masterKey,
  publicKeyOf,
  signExtended,
} from './bip32-ed25519.js';
import type { Keys } from './keys.js';
import { signatureStructure } from './signed-data.js';

/** A wallet's secret: a mnemonic of 12 to 24 words, or a bech32 private key (`ed25519_sk1…` or `ed25519e_sk1…`). */
export type Secret = { readonly seedPhrase: string } | { readonly privateKey: string };

type KeyPair = { readonly publicKey: Uint8Array; readonly sign: (message: Uint8Array) => Uint8Array };

const BASE_ADDRESS = 0x00;
const ENTERPRISE_ADDRESS = 0x60;
const MAX_BECH32_LENGTH = 150;
/** CIP-1852: purpose, coin type. */
const [PURPOSE, COIN_TYPE] = [1852, 1815];
/** The roles of CIP-1852 that a payment needs. */
const [EXTERNAL, STAKING] = [0, 2];

/** The English words of a new mnemonic. `random` gives that many bytes from a cryptographic source. */
export function newSeedPhrase(random: (length: number) => Uint8Array = secureRandom): string {
  return entropyToMnemonic(random(32), wordlist);
}

/**
 * The keys of a secret, for its first address on a network: a base address for a mnemonic, as wallets show it, and an
 * enterprise address for a private key.
 *
 * @throws Error when the mnemonic has a wrong word or checksum, or the key another form. The message never holds the secret.
 */
export async function keysOf(secret: Secret, network: Network): Promise<Keys> {
  const networkId = networkIdOf(network);
  if ('privateKey' in secret) {
    const payment = privateKey(secret.privateKey);
    const hash = blake2b224(payment.publicKey);
    return keys(payment, Uint8Array.of(ENTERPRISE_ADDRESS | networkId, ...hash), [hash]);
  }
  const account = await accountKey(secret.seedPhrase);
  const payment = keyPair(childKey(childKey(account, EXTERNAL), 0));
  const stake = keyPair(childKey(childKey(account, STAKING), 0));
  const hashes = [payment, stake].map(({ publicKey }) => blake2b224(publicKey));
  return keys(payment, concatBytes([Uint8Array.of(BASE_ADDRESS | networkId), ...hashes]), hashes);
}

function keys(payment: KeyPair, addressBytes: Uint8Array, hashes: readonly Uint8Array[]): Keys {
  const address = addressOf(addressBytes);
  if (!address.ok) throw new Error(address.error);
  return {
    address: address.value.text,
    keyHashes: new Set(hashes.map(toHex)),
    sign: async (_, transactionId) => [
      { publicKey: payment.publicKey, signature: payment.sign(transactionId) },
    ],
    signData: async (payload) => payment.sign(signatureStructure(addressBytes, payload)),
  };
}

async function accountKey(seedPhrase: string): Promise<ExtendedKey> {
  let entropy: Uint8Array;
  try {
    entropy = mnemonicToEntropy(seedPhrase.trim().split(/\s+/).join(' '), wordlist);
  } catch {
    throw new Error('expected a mnemonic of 12 to 24 English words, found other words or a wrong checksum');
  }
  const path = [hardened(PURPOSE), hardened(COIN_TYPE), hardened(0)];
  return path.reduce(childKey, await masterKey(entropy));
}

function keyPair(key: Pick<ExtendedKey, 'left' | 'right'>): KeyPair {
  const publicKey = publicKeyOf(key.left);
  return { publicKey, sign: (message) => signExtended(key, publicKey, message) };
}

function privateKey(text: string): KeyPair {
  const { prefix, bytes } = decode(text);
  if (prefix === 'ed25519_sk' && bytes.length === 32)
    return { publicKey: ed25519.getPublicKey(bytes), sign: (message) => ed25519.sign(message, bytes) };
  if (prefix === 'ed25519e_sk' && bytes.length === 64)
    return keyPair({ left: bytes.slice(0, 32), right: bytes.slice(32) });
  throw new Error(EXPECTED_KEY);
}

const EXPECTED_KEY = 'expected a private key, ed25519_sk1… or ed25519e_sk1…, found something else';

function decode(text: string): { readonly prefix: string; readonly bytes: Uint8Array } {
  try {
    const { prefix, words } = bech32.decode(text.trim() as `${string}1${string}`, MAX_BECH32_LENGTH);
    return { prefix, bytes: bech32.fromWords(words) };
  } catch {
    throw new Error(EXPECTED_KEY);
  }
}

function secureRandom(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}
