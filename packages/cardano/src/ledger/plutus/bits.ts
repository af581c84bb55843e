/** Thrown while a program is read; `applyParameters` turns it into a value. */
export class NotAProgram extends Error {}

/** Copies bits from one buffer to another that may lie at another offset within its byte. */
export class BitCopier {
  readonly #source: Uint8Array;
  #at = 0;
  #target: Uint8Array;
  #written = 0;

  /** @param capacity a first guess of how many bytes will be written. */
  constructor(source: Uint8Array, capacity: number) {
    this.#source = source;
    this.#target = new Uint8Array(Math.max(capacity, 16));
  }

  #readBit(): number {
    const byte = this.#source[this.#at >> 3];
    if (byte === undefined) throw new NotAProgram('it ends early');
    const bit = (byte >> (7 - (this.#at & 7))) & 1;
    this.#at += 1;
    return bit;
  }

  #reserve(bits: number): void {
    const needed = (this.#written + bits + 7) >> 3;
    if (needed <= this.#target.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#target.length));
    larger.set(this.#target);
    this.#target = larger;
  }

  /** Writes the lowest bits of a number, the highest of them first. */
  write(value: number, bits: number): void {
    this.#reserve(bits);
    for (let bit = bits - 1; bit >= 0; bit -= 1) {
      const byte = this.#written >> 3;
      if ((value >> bit) & 1) this.#target[byte] = (this.#target[byte] ?? 0) | (0x80 >> (this.#written & 7));
      this.#written += 1;
    }
  }

  /** Copies up to 31 bits and returns their number. */
  copy(bits: number): number {
    let value = 0;
    for (let count = 0; count < bits; count += 1) value = (value << 1) | this.#readBit();
    this.write(value, bits);
    return value;
  }

  /** Pads with zeros and a one to the end of a byte; reader and writer each pad from their own offset. */
  copyFiller(): void {
    while (this.#readBit() === 0);
    if ((this.#at & 7) !== 0) throw new NotAProgram('its padding does not end with a byte');
    this.writeFiller();
  }

  writeFiller(): void {
    const bits = 8 - (this.#written & 7);
    this.write(1, bits);
  }

  /** Copies whole bytes; both sides stand at the start of one. */
  copyBytes(length: number): void {
    const start = this.#at >> 3;
    if (start + length > this.#source.length) throw new NotAProgram('it ends early');
    this.writeBytes(this.#source.subarray(start, start + length));
    this.#at += 8 * length;
  }

  /** Writes whole bytes at the start of one. */
  writeBytes(bytes: Uint8Array): void {
    this.#reserve(8 * bytes.length);
    this.#target.set(bytes, this.#written >> 3);
    this.#written += 8 * bytes.length;
  }

  /** Zeros and a one, and then nothing more. */
  readEnd(): void {
    while (this.#readBit() === 0);
    if (this.#at !== 8 * this.#source.length) throw new NotAProgram('something follows it');
  }

  /** Everything that was written; the last byte is filled. */
  finish(): Uint8Array {
    this.writeFiller();
    return this.#target.slice(0, this.#written >> 3);
  }
}
