import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/** Node's own is faster; a browser has none. */
const hasBuffer = typeof Buffer !== 'undefined';

/**
 * Lowercase hex of bytes.
 *
 * @example
 * toHex(Uint8Array.of(0, 255)); // '00ff'
 */
export function toHex(bytes: Uint8Array): string {
  if (!hasBuffer) return bytesToHex(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

const HEX = /^(?:[0-9a-fA-F]{2})*$/;

/**
 * Bytes of an even-length hex string in either case.
 *
 * @returns `undefined` when `value` is not hex.
 * @example
 * fromHex('00ff'); // Uint8Array [0, 255]
 */
export function fromHex(value: string): Uint8Array | undefined {
  if (!HEX.test(value)) return undefined;
  return hasBuffer ? new Uint8Array(Buffer.from(value, 'hex')) : hexToBytes(value);
}
