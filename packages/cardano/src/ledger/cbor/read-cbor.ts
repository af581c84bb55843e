import { err, ok, type Result } from '../../result.js';
import { concatBytes } from '../primitives/bytes.js';
import type { CborNode } from './node.js';

/** What is wrong with bytes that should be CBOR, and at which byte. */
export type CborFault = { readonly message: string; readonly offset: number };

/** Limits on hostile input. Work grows with the number of bytes. */
export type CborLimits = {
  /** Longest input, in bytes. */
  readonly maxBytes: number;
  /** Deepest nesting of arrays, maps and tags. */
  readonly maxDepth: number;
};

/** Major types (RFC 8949, section 3.1). */
const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;

/** Additional information of a head (section 3). */
const ONE_BYTE = 24;
const EIGHT_BYTES = 27;
const INDEFINITE = 31;
const FALSE = 20;
const TRUE = 21;
const NULL = 22;

const BREAK = 0xff;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class Malformed extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Reads one item after the other. The limit on depth keeps its recursion from overflowing the stack. */
class Reader {
  readonly #source: Uint8Array;
  readonly #view: DataView;
  readonly #maxDepth: number;
  /** Of the next byte. */
  at = 0;

  constructor(source: Uint8Array, maxDepth: number) {
    this.#source = source;
    this.#view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    this.#maxDepth = maxDepth;
  }

  /** @param depth how many arrays, maps and tags the item lies in. */
  item(depth: number): CborNode {
    const start = this.at;
    const head = this.#next();
    const majorType = head >> 5;
    const info = head & 31;
    switch (majorType) {
      case UNSIGNED: {
        const value = BigInt(this.#argument(info, start));
        return { kind: 'int', start, end: this.at, value };
      }
      case NEGATIVE: {
        const value = -1n - BigInt(this.#argument(info, start));
        return { kind: 'int', start, end: this.at, value };
      }
      case BYTES: {
        if (info === INDEFINITE) return this.#chunkedBytes(start, depth);
        const value = this.#string(info, start);
        return { kind: 'bytes', start, end: this.at, value };
      }
      case TEXT: {
        if (info === INDEFINITE) return this.#chunkedText(start, depth);
        const value = this.#text(info, start);
        return { kind: 'text', start, end: this.at, value };
      }
      case ARRAY: {
        const items = this.#items(info, 1, start, depth);
        return { kind: 'array', start, end: this.at, items };
      }
      case MAP: {
        const entries = this.#entries(this.#items(info, 2, start, depth));
        return { kind: 'map', start, end: this.at, entries };
      }
      case TAG: {
        const tag = BigInt(this.#argument(info, start));
        this.#descend(depth, start);
        const content = this.item(depth + 1);
        return { kind: 'tag', start, end: this.at, tag, content };
      }
      default:
        return this.#simple(info, start);
    }
  }

  #next(): number {
    const byte = this.#source[this.at];
    if (byte === undefined) throw this.#cutShort();
    this.at += 1;
    return byte;
  }

  #cutShort(): Malformed {
    return new Malformed('the bytes end inside an item', this.#source.length);
  }

  /** The number in a head: of bytes, items or the value itself. Exact, so a bigint where it may have to be one. */
  #argument(info: number, start: number): number | bigint {
    if (info < ONE_BYTE) return info;
    if (info === INDEFINITE) throw new Malformed('an indefinite length where none is allowed', start);
    if (info > EIGHT_BYTES) throw new Malformed('a reserved head', start);
    const at = this.at;
    const width = 1 << (info - ONE_BYTE);
    if (at + width > this.#source.length) throw this.#cutShort();
    this.at = at + width;
    switch (width) {
      case 1:
        return this.#view.getUint8(at);
      case 2:
        return this.#view.getUint16(at);
      case 4:
        return this.#view.getUint32(at);
      default:
        return this.#view.getBigUint64(at);
    }
  }

  /** The content of a string in one piece. */
  #string(info: number, start: number): Uint8Array {
    const from = this.at + (info < ONE_BYTE ? 0 : 1 << (info - ONE_BYTE));
    const length = Number(this.#argument(info, start));
    if (length > this.#source.length - from) throw this.#cutShort();
    this.at = from + length;
    return this.#source.subarray(from, this.at);
  }

  #text(info: number, start: number): string {
    const encoded = this.#string(info, start);
    try {
      return utf8.decode(encoded);
    } catch {
      throw new Malformed('a text string that is not UTF-8', start);
    }
  }

  /** The content of an array, or of a map with `each` = 2, in the order received. */
  #items(info: number, each: 1 | 2, start: number, depth: number): CborNode[] {
    const items: CborNode[] = [];
    if (info === INDEFINITE) {
      this.#descend(depth, start);
      while (!this.#isBreak()) items.push(this.item(depth + 1));
      return items;
    }
    const count = Number(this.#argument(info, start)) * each;
    if (count === 0) return items;
    this.#descend(depth, start);
    while (items.length < count) items.push(this.item(depth + 1));
    return items;
  }

  #entries(items: readonly CborNode[]): [CborNode, CborNode][] {
    const entries: [CborNode, CborNode][] = [];
    for (let index = 0; index < items.length; index += 2) {
      const [key, value] = [items[index], items[index + 1]];
      if (key === undefined || value === undefined) throw new Malformed('map key without a value', this.at);
      entries.push([key, value]);
    }
    return entries;
  }

  #chunkedBytes(start: number, depth: number): CborNode {
    const chunks = this.#chunks(BYTES, start, depth, (info, at) => this.#string(info, at));
    const value = concatBytes(chunks);
    return { kind: 'bytes', start, end: this.at, value, chunks: chunks.map(({ length }) => length) };
  }

  #chunkedText(start: number, depth: number): CborNode {
    const texts = this.#chunks(TEXT, start, depth, (info, at) => this.#text(info, at));
    const chunks = texts.map((text) => new TextEncoder().encode(text).length);
    return { kind: 'text', start, end: this.at, value: texts.join(''), chunks };
  }

  /** The pieces of a string of indefinite length: strings of the same type and of definite length. */
  #chunks<T>(majorType: number, start: number, depth: number, read: (info: number, at: number) => T): T[] {
    this.#descend(depth, start);
    const chunks: T[] = [];
    while (!this.#isBreak()) {
      const at = this.at;
      const head = this.#next();
      if (head >> 5 !== majorType || (head & 31) === INDEFINITE)
        throw new Malformed('a string in chunks that are not strings of its own type', at);
      chunks.push(read(head & 31, at));
    }
    return chunks;
  }

  /** Steps over the break that closes an item of indefinite length, if it is next. */
  #isBreak(): boolean {
    if (this.#source[this.at] !== BREAK) return false;
    this.at += 1;
    return true;
  }

  #descend(depth: number, start: number): void {
    if (depth >= this.#maxDepth) throw new Malformed(`nested deeper than ${this.#maxDepth} levels`, start);
  }

  #simple(info: number, start: number): CborNode {
    const end = this.at;
    switch (info) {
      case FALSE:
      case TRUE:
        return { kind: 'boolean', start, end, value: info === TRUE };
      case NULL:
        return { kind: 'null', start, end };
      case INDEFINITE:
        throw new Malformed('break outside an indefinite-length item', start);
      default:
        throw new Malformed('floats and simple values other than true, false and null are not used', start);
    }
  }
}

/**
 * Reads bytes that must be exactly one CBOR item (RFC 8949) into a tree that keeps every item's own span. Encodings that
 * are not preferred (long heads, indefinite lengths) are read like any other.
 *
 * @returns the item, or what is wrong and at which byte. Never throws.
 * @example
 * const item = readCbor(bytes, { maxBytes: 65_536, maxDepth: 96 });
 * if (item.ok && item.value.kind === 'array') console.log(item.value.items.length);
 */
export function readCbor(source: Uint8Array, limits: CborLimits): Result<CborNode, CborFault> {
  if (source.length > limits.maxBytes) {
    const message = `expected at most ${limits.maxBytes} bytes, found ${source.length}`;
    return err({ message, offset: limits.maxBytes });
  }
  try {
    const reader = new Reader(source, limits.maxDepth);
    const node = reader.item(0);
    const trailing = source.length - node.end;
    if (trailing === 0) return ok(node);
    return err({ message: `${trailing} trailing bytes after the item`, offset: node.end });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return err({ message: error.message, offset: error.offset });
  }
}
