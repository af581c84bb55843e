import { encodeArray, encodeBytes, encodeHead } from '../../../ledger/cbor/index.js';
import { concatBytes } from '../../../ledger/primitives/bytes.js';
import { verifyEd25519, verifyEd25519InPool } from '../../../ledger/primitives/ed25519.js';
import { blake2b256 } from '../../../ledger/primitives/hash.js';
import { fromHex, toHex } from '../../../ledger/primitives/hex.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';

const INDEFINITE_LIST = Uint8Array.of(0x9f);
const BREAK = Uint8Array.of(0xff);

/** The largest amount that an IOU can name: CBOR writes a larger one in another form. */
export const MAX_IOU = 2n ** 64n - 1n;

/** A promise of everything up to an amount, in units of the channel's currency. */
export type Iou = {
  /** The channel's id, 32 bytes as lowercase hex. */
  readonly tag: string;
  /** Cumulative: it takes the place of every smaller one. 0 to `MAX_IOU`. */
  readonly amount: bigint;
};

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array();
}

/**
 * The bytes that an IOU's signature is over: the tag and the amount as the validator serialises them.
 *
 * @throws RangeError for an amount below 0 or above `MAX_IOU`.
 * @example
 * const signature = sign(iouMessage({ tag: channelId, amount: 203_000n }));
 */
export function iouMessage({ tag, amount }: Iou): Uint8Array {
  if (amount < 0n || amount > MAX_IOU) throw new RangeError(`expected 0 to ${MAX_IOU}, found ${amount}`);
  return concatBytes([INDEFINITE_LIST, encodeBytes(bytesOf(tag)), encodeHead(0, amount), BREAK]);
}

/**
 * Whether a signature is the IOU's by this key. As strict as the ledger, so that what passes can be redeemed.
 *
 * @param iouKey 32 bytes, hex.
 * @param signature 64 bytes, hex.
 */
export function isSignedIou(iou: Iou, iouKey: string, signature: string): boolean {
  return verifyEd25519(bytesOf(iouKey), iouMessage(iou), bytesOf(signature));
}

/** The same in a thread of Node's pool. */
export function isSignedIouInPool(iou: Iou, iouKey: string, signature: string): Promise<boolean> {
  return verifyEd25519InPool(bytesOf(iouKey), iouMessage(iou), bytesOf(signature));
}

/** The id of a channel that is opened by spending this input: blake2b-256 of the input's CBOR, lowercase hex. */
export function channelIdOf({ txHash, index }: OutRef): string {
  return toHex(blake2b256(encodeArray([encodeBytes(bytesOf(txHash)), encodeHead(0, BigInt(index))])));
}
