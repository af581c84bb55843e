import { ed25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { iouMessage } from '@x402-facilitator/cardano/channels';
import { fromHex, type Network, toHex } from '@x402-facilitator/cardano/ledger';
import type { Keys } from '../keys/index.js';

/** What the wallet signs once. Whoever holds the signature can promise away every channel of the wallet. */
const ROOT_MESSAGE =
  'x402 batch-settlement on Cardano, IOU keys v1. Sign this only for your own x402 client: this signature derives the ' +
  'keys that authorize payments from your channels.';
const SALT = 'x402 batch-settlement cardano';
const KEY_BYTES = 32;

/** The key of one channel's promises. */
export type IouKey = {
  /** 32 bytes, lowercase hex. */
  readonly publicKey: string;
  /** The signature of a promise of everything up to an amount, lowercase hex. The same amount always gives the same one. */
  sign(amount: bigint): string;
};

/** The keys of a wallet's channels, by the channel's id. */
export type IouKeys = { keyOf(channelId: string): IouKey };

/**
 * Derives the keys of a wallet's channels from one signature of the wallet, as the binding does, so that a wallet that
 * lost its records makes them again. Nothing is kept: the signature stays in memory.
 *
 * @throws Error for a wallet that cannot sign data.
 */
export async function deriveIouKeys(keys: Pick<Keys, 'signData'>, network: Network): Promise<IouKeys> {
  if (keys.signData === undefined)
    throw new Error('expected a wallet that signs data (CIP-30’s `signData`), found one that does not');
  const signature = await keys.signData(utf8(ROOT_MESSAGE));
  const root = derived(signature, 'iou root v1');
  return {
    keyOf(channelId) {
      const seed = derived(root, `iou key v1 ${network} ${channelId}`);
      return {
        publicKey: toHex(ed25519.getPublicKey(seed)),
        sign: (amount) => toHex(ed25519.sign(iouMessage({ tag: channelId, amount }), seed)),
      };
    },
  };
}

/** Whether a signature is the promise of an amount by this key. In browsers too. */
export function isPromise(channelId: string, amount: bigint, publicKey: string, signature: string): boolean {
  const [key, signed] = [fromHex(publicKey), fromHex(signature)];
  if (key?.length !== 32 || signed?.length !== 64) return false;
  try {
    return ed25519.verify(signed, iouMessage({ tag: channelId, amount }), key, { zip215: false });
  } catch {
    return false;
  }
}

function derived(secret: Uint8Array, info: string): Uint8Array {
  return hkdf(sha256, secret, utf8(SALT), utf8(info), KEY_BYTES);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
