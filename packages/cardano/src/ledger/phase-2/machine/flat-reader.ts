import { concatBytes } from '../../primitives/bytes.js';
import { toHex } from '../../primitives/hex.js';

/** Thrown while a program is read; `decodeProgram` turns it into a value. */
export class NotAProgram extends Error {}

/** Reads the flat encoding, bit by bit. */
export class FlatReader {
  readonly #source: Uint8Array;
  /** Of the next bit. */
  #at = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
  }

  bit(): number {
    const byte = this.#source[this.#at >> 3];
    if (byte === undefined) throw new NotAProgram('it ends early');
    const bit = (byte >> (7 - (this.#at & 7))) & 1;
    this.#at += 1;
    return bit;
  }

  /** @param count at most 8. */
  bits(count: number): number {
    const at = this.#at >> 3;
    const offset = this.#at & 7;
    if (this.#at + count > 8 * this.#source.length) throw new NotAProgram('it ends early');
    const two = ((this.#source[at] ?? 0) << 8) | (this.#source[at + 1] ?? 0);
    this.#at += count;
    return (two >> (16 - offset - count)) & ((1 << count) - 1);
  }

  /** A number in groups of seven bits, the lowest first, each behind a bit that says whether another follows. */
  natural(): bigint {
    const first = this.bits(8);
    if (first < 0x80) return BigInt(first);
    const groups = [first & 0x7f];
    for (;;) {
      const group = this.bits(8);
      groups.push(group & 0x7f);
      if (group < 0x80) break;
    }
    const bytes = new Uint8Array(Math.ceil((7 * groups.length) / 8) + 1);
    groups.forEach((group, index) => {
      const bit = 7 * index;
      const byte = bytes.length - 1 - (bit >> 3);
      const shifted = group << (bit & 7);
      bytes[byte] = (bytes[byte] ?? 0) | (shifted & 0xff);
      if (shifted > 0xff) bytes[byte - 1] = (bytes[byte - 1] ?? 0) | (shifted >> 8);
    });
    return BigInt(`0x${toHex(bytes)}`);
  }

  /** A natural number that 64 bits hold. */
  word64(): bigint {
    const value = this.natural();
    if (value >= 1n << 64n) throw new NotAProgram('a number is larger than 64 bits');
    return value;
  }

  integer(): bigint {
    const value = this.natural();
    return (value & 1n) === 0n ? value >> 1n : -((value + 1n) >> 1n);
  }

  #filler(): void {
    while (this.bit() === 0);
    if ((this.#at & 7) !== 0) throw new NotAProgram('its padding does not end with a byte');
  }

  /** Chunks of whole bytes, each behind its length. */
  byteString(): Uint8Array {
    this.#filler();
    const chunks: Uint8Array[] = [];
    for (;;) {
      const at = this.#at >> 3;
      const length = this.bits(8);
      if (length === 0) break;
      if (at + 1 + length > this.#source.length) throw new NotAProgram('it ends early');
      chunks.push(this.#source.subarray(at + 1, at + 1 + length));
      this.#at += 8 * length;
    }
    const [only] = chunks;
    return only !== undefined && chunks.length === 1 ? only : concatBytes(chunks);
  }

  /** Padding up to the last byte, and then nothing more. */
  end(): void {
    this.#filler();
    if (this.#at !== 8 * this.#source.length) throw new NotAProgram('something follows it');
  }
}
