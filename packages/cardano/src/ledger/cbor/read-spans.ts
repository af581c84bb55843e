import { err, ok, type Result } from '../../result.js';
import type { CborSpan } from './node.js';
import type { CborFault } from './read-cbor.js';

const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const INDEFINITE = 31;
const BREAK = 0xff;

class Malformed extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** A head: its major type, its argument, and where its content begins. No argument stands for an indefinite length. */
type Head = { readonly majorType: number; readonly argument: number | undefined; readonly next: number };

function headAt(source: Uint8Array, at: number): Head {
  const first = source[at];
  if (first === undefined) throw new Malformed('the bytes end inside an item', at);
  const majorType = first >> 5;
  const info = first & 31;
  if (info < 24) return { majorType, argument: info, next: at + 1 };
  if (info === INDEFINITE) {
    if (majorType < BYTES || majorType > MAP) throw new Malformed('an indefinite length of no list', at);
    return { majorType, argument: undefined, next: at + 1 };
  }
  const next = at + 1 + 2 ** (info - 24);
  if (info > 27 || next > source.length) throw new Malformed('a head that is not whole', at);
  // More than a double holds exactly is more than any bytes hold.
  let argument = 0;
  for (let index = at + 1; index < next; index += 1) argument = argument * 256 + (source[index] ?? 0);
  return { majorType, argument, next };
}

/** How many items follow a head as its own. */
function itemsOf({ majorType, argument = Number.POSITIVE_INFINITY }: Head): number {
  if (majorType === ARRAY) return argument;
  if (majorType === MAP) return 2 * argument;
  if (majorType === TAG) return 1;
  return argument === Number.POSITIVE_INFINITY ? argument : 0;
}

/** Where the item that begins at `start` ends. Nesting is counted on a list of our own, so no item is too deep. */
function endOf(source: Uint8Array, start: number): number {
  const left: number[] = [1];
  let at = start;
  for (let open = left.pop(); open !== undefined; open = left.pop()) {
    if (open === 0) continue;
    if (open === Number.POSITIVE_INFINITY && source[at] === BREAK) {
      at += 1;
      continue;
    }
    const head = headAt(source, at);
    const { majorType, argument } = head;
    const isString = majorType === BYTES || majorType === TEXT;
    at = head.next + (isString ? (argument ?? 0) : 0);
    if (at > source.length) throw new Malformed('the bytes end inside an item', source.length);
    left.push(open - 1, itemsOf(head));
  }
  return at;
}

/** Where the parts of a list lie: items, or keys and values in turn. */
export type CborSpans = { readonly kind: 'array' | 'map'; readonly spans: readonly CborSpan[] };

/**
 * Finds the parts of bytes that must be exactly one array or map, and looks into none of them: it does not matter how deep
 * they are, or what they mean.
 *
 * @returns where the parts lie, or what is wrong and at which byte. Never throws.
 * @example
 * const parts = readSpans(transaction);
 * if (parts.ok) console.log(parts.value.spans.length);
 */
export function readSpans(source: Uint8Array): Result<CborSpans, CborFault> {
  try {
    const head = headAt(source, 0);
    if (head.majorType !== ARRAY && head.majorType !== MAP) throw new Malformed('no array and no map', 0);
    const count = itemsOf(head);
    const spans: CborSpan[] = [];
    let at = head.next;
    while (spans.length < count && !(count === Number.POSITIVE_INFINITY && source[at] === BREAK)) {
      const end = endOf(source, at);
      spans.push({ start: at, end });
      at = end;
    }
    if (count === Number.POSITIVE_INFINITY) at += 1;
    if (head.majorType === MAP && spans.length % 2 === 1) throw new Malformed('a key without a value', at);
    if (at !== source.length) throw new Malformed(`${source.length - at} trailing bytes after the item`, at);
    return ok({ kind: head.majorType === MAP ? 'map' : 'array', spans });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return err({ message: error.message, offset: error.offset });
  }
}
