import { toHex } from '../primitives/hex.js';

/** What a native script may ask about a transaction. */
export type NativeScriptQuestion = {
  /** Hashes of the keys that signed, lowercase hex. */
  readonly signers: ReadonlySet<string>;
  readonly validityStart?: number | undefined;
  readonly ttl?: number | undefined;
};

/** Kinds of native scripts (CDDL `native_script`). */
const SIGNATURE = 0n;
const ALL = 1n;
const ANY = 2n;
const AT_LEAST = 3n;
const FROM = 4n;
const UNTIL = 5n;

/** Major types of CBOR, and what stands for a length that is not given. */
const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const ARRAY = 4;
const INDEFINITE = 31;
const BREAK = 0xff;

/** The script's bytes are none of a native script. */
class NotANativeScript extends Error {}

/** An array that has been entered: how many items are left, or that a break ends it. */
type OpenArray = { left: number };

/** Reads the little of CBOR that a native script is made of, one head after the other. */
class Cursor {
  readonly #source: Uint8Array;
  #at = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
  }

  #next(): number {
    const byte = this.#source[this.#at];
    if (byte === undefined) throw new NotANativeScript();
    this.#at += 1;
    return byte;
  }

  #argument(info: number): bigint {
    if (info < 24) return BigInt(info);
    if (info > 27) throw new NotANativeScript();
    let value = 0n;
    for (let left = 1 << (info - 24); left > 0; left -= 1) value = (value << 8n) | BigInt(this.#next());
    return value;
  }

  integer(): bigint {
    const head = this.#next();
    const value = this.#argument(head & 31);
    if (head >> 5 === UNSIGNED) return value;
    if (head >> 5 === NEGATIVE) return -1n - value;
    throw new NotANativeScript();
  }

  bytes(): Uint8Array {
    const head = this.#next();
    if (head >> 5 !== BYTES) throw new NotANativeScript();
    const length = Number(this.#argument(head & 31));
    if (length > this.#source.length - this.#at) throw new NotANativeScript();
    this.#at += length;
    return this.#source.subarray(this.#at - length, this.#at);
  }

  array(): OpenArray {
    const head = this.#next();
    if (head >> 5 !== ARRAY) throw new NotANativeScript();
    if ((head & 31) === INDEFINITE) return { left: Number.POSITIVE_INFINITY };
    return { left: Number(this.#argument(head & 31)) };
  }

  /** Whether an array has another item, which is counted as taken; steps over the break that ends it. */
  hasMore(array: OpenArray): boolean {
    if (array.left === Number.POSITIVE_INFINITY) {
      if (this.#source[this.#at] !== BREAK) return true;
      this.#at += 1;
      return false;
    }
    if (array.left === 0) return false;
    array.left -= 1;
    return true;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#source.length;
  }
}

/** A list of scripts that is being read, inside the script that it belongs to. */
type OpenList = {
  readonly script: OpenArray;
  readonly members: OpenArray;
  /** How many members must hold; for `all`, every one. */
  readonly required: bigint | 'all';
  count: bigint;
  satisfied: bigint;
};

function listOf(kind: bigint, cursor: Cursor, script: OpenArray): OpenList {
  const required = kind === ALL ? 'all' : kind === ANY ? 1n : cursor.integer();
  return { script, members: cursor.array(), required, count: 0n, satisfied: 0n };
}

function holds({ required, count, satisfied }: OpenList): boolean {
  return satisfied >= (required === 'all' ? count : required);
}

/**
 * Whether a script without members holds. Bounds of the transaction's interval decide, not the present slot: an absent one
 * satisfies nothing.
 */
function leafHolds(
  kind: bigint,
  cursor: Cursor,
  { signers, validityStart, ttl }: NativeScriptQuestion,
): boolean {
  switch (kind) {
    case SIGNATURE:
      return signers.has(toHex(cursor.bytes()));
    case FROM: {
      const from = cursor.integer();
      return validityStart !== undefined && from <= BigInt(validityStart);
    }
    case UNTIL: {
      const until = cursor.integer();
      return ttl !== undefined && BigInt(ttl) <= until;
    }
    default:
      throw new NotANativeScript();
  }
}

function evaluate(cursor: Cursor, question: NativeScriptQuestion): boolean {
  // Nesting is kept on a list of our own: no script can be too deep for it.
  const open: OpenList[] = [];
  for (;;) {
    const script = cursor.array();
    const kind = cursor.integer();
    script.left -= kind === AT_LEAST ? 3 : 2;
    if (script.left < 0) throw new NotANativeScript();
    let value: boolean | undefined;
    if (kind >= ALL && kind <= AT_LEAST) {
      open.push(listOf(kind, cursor, script));
    } else {
      value = leafHolds(kind, cursor, question);
      if (cursor.hasMore(script)) throw new NotANativeScript();
    }
    // What is known of a script is passed on to the list that it lies in, which may end with it.
    for (;;) {
      const list = open.at(-1);
      if (list === undefined) return value === true;
      if (value !== undefined) {
        list.count += 1n;
        if (value) list.satisfied += 1n;
      }
      if (cursor.hasMore(list.members)) break;
      if (cursor.hasMore(list.script)) throw new NotANativeScript();
      value = holds(list);
      open.pop();
    }
  }
}

/**
 * Whether a native script holds for a transaction, at any depth of nesting and in time that grows with its size alone.
 * Bytes that are no native script hold for none. Never throws.
 *
 * Source: `evalTimelock` (Allegra, `Scripts.hs`).
 */
export function nativeScriptHolds(script: Uint8Array, question: NativeScriptQuestion): boolean {
  const cursor = new Cursor(script);
  try {
    return evaluate(cursor, question) && cursor.isAtEnd;
  } catch (error) {
    if (error instanceof NotANativeScript) return false;
    throw error;
  }
}
