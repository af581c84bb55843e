/** Node’s own is faster; a browser has none. */
const hasBuffer = typeof Buffer !== 'undefined';

/**
 * One byte string of several, in order. Runs where there is no `Buffer`.
 *
 * @example
 * concatBytes([Uint8Array.of(1), Uint8Array.of(2, 3)]); // Uint8Array [1, 2, 3]
 */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * Which of two byte strings comes first, byte by byte: below 0, 0, or above 0. Runs where there is no `Buffer`.
 *
 * @example
 * compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0)); // -1
 */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  if (hasBuffer) return Buffer.compare(left, right);
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/**
 * True when both hold the same bytes.
 *
 * @example
 * equalBytes(Uint8Array.of(1), Uint8Array.of(1)); // true
 */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
