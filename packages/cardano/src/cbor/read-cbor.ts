import { SequenceEvents } from 'cbor2/decoder';
import type { CborNode, CborSpan } from './node.js';

/** Reading either gives the one item that the bytes are, or says what is wrong where. */
export type CborOutcome =
  | { readonly kind: 'read'; readonly node: CborNode }
  | { readonly kind: 'malformed'; readonly message: string; readonly offset: number };

/** Limits on hostile input. Work grows with the number of bytes times the depth. */
export type CborLimits = {
  /** Longest input, in bytes. */
  readonly maxBytes: number;
  /** Deepest nesting of arrays, maps and tags. */
  readonly maxDepth: number;
};

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const INDEFINITE = 31;
const FALSE = 20;
const TRUE = 21;
const NULL = 22;

/** Bytes of an item's head by its additional information (RFC 8949, section 3). */
function headLength(additionalInfo: number): number {
  if (additionalInfo < 24 || additionalInfo === INDEFINITE) return 1;
  return 1 + 2 ** (additionalInfo - 24);
}

type Frame = {
  readonly kind: 'array' | 'map' | 'tag' | 'bytes' | 'text';
  readonly start: number;
  readonly tag: bigint;
  /** Items still to come; `Infinity` until a break closes an indefinite-length item. */
  remaining: number;
  readonly items: CborNode[];
};

class Malformed extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

function close(frame: Frame, end: number): CborNode {
  const span: CborSpan = { start: frame.start, end };
  switch (frame.kind) {
    case 'array':
      return { kind: 'array', ...span, items: frame.items };
    case 'map': {
      const entries: [CborNode, CborNode][] = [];
      for (let at = 0; at < frame.items.length; at += 2) {
        const [key, value] = [frame.items[at], frame.items[at + 1]];
        if (key === undefined || value === undefined) throw new Malformed('map key without a value', end);
        entries.push([key, value]);
      }
      return { kind: 'map', ...span, entries };
    }
    case 'tag': {
      const [content] = frame.items;
      if (content === undefined) throw new Malformed('tag without content', end);
      return { kind: 'tag', ...span, tag: frame.tag, content };
    }
    case 'bytes': {
      const chunks = frame.items.flatMap((item) => (item.kind === 'bytes' ? [item.value] : []));
      return { kind: 'bytes', ...span, value: Buffer.concat(chunks), chunks: chunks.map((c) => c.length) };
    }
    case 'text': {
      const chunks = frame.items.flatMap((item) => (item.kind === 'text' ? [item.value] : []));
      return {
        kind: 'text',
        ...span,
        value: chunks.join(''),
        chunks: chunks.map((c) => Buffer.byteLength(c)),
      };
    }
  }
}

function readTree(source: Uint8Array, limits: CborLimits): CborNode {
  const stack: Frame[] = [];
  let root: CborNode | undefined;
  const finish = (node: CborNode): void => {
    let done = node;
    for (;;) {
      const parent = stack.at(-1);
      if (parent === undefined) {
        root = done;
        return;
      }
      parent.items.push(done);
      parent.remaining -= 1;
      if (parent.remaining > 0) return;
      stack.pop();
      done = close(parent, done.end);
    }
  };
  const open = (kind: Frame['kind'], start: number, end: number, remaining: number, tag = 0n): void => {
    if (remaining === 0) {
      finish(close({ kind, start, tag, remaining, items: [] }, end));
      return;
    }
    if (stack.length >= limits.maxDepth)
      throw new Malformed(`nested deeper than ${limits.maxDepth} levels`, start);
    stack.push({ kind, start, tag, remaining, items: [] });
  };

  // The lexer counts some levels twice; its own limit is only there to end its recursion.
  const events = new SequenceEvents(source, { maxDepth: 2 * limits.maxDepth + 2 });
  for (const [majorType, additionalInfo, value, start, length] of events) {
    const end = start + headLength(additionalInfo);
    const indefinite = additionalInfo === INDEFINITE;
    switch (majorType) {
      case UNSIGNED:
      case NEGATIVE:
        finish({ kind: 'int', start, end, value: BigInt(value as number | bigint) });
        break;
      case BYTES:
        if (indefinite) open('bytes', start, end, Infinity);
        else finish({ kind: 'bytes', start, end: end + Number(length), value: value as Uint8Array });
        break;
      case TEXT:
        if (indefinite) open('text', start, end, Infinity);
        else finish({ kind: 'text', start, end: end + Number(length), value: value as string });
        break;
      case ARRAY:
        open('array', start, end, Number(value));
        break;
      case MAP:
        open('map', start, end, 2 * Number(value));
        break;
      case TAG:
        open('tag', start, end, 1, BigInt(value as number | bigint));
        break;
      default:
        if (additionalInfo === FALSE || additionalInfo === TRUE) {
          finish({ kind: 'boolean', start, end, value: additionalInfo === TRUE });
        } else if (additionalInfo === NULL) {
          finish({ kind: 'null', start, end });
        } else if (indefinite) {
          // The lexer lets a break stand where any item may; it closes an indefinite-length item or it is wrong.
          const frame = stack.pop();
          if (frame?.remaining !== Infinity)
            throw new Malformed('break outside an indefinite-length item', start);
          finish(close(frame, end));
        } else {
          throw new Malformed('floats and simple values other than true, false and null are not used', start);
        }
    }
    if (root !== undefined) break;
  }
  if (root === undefined) throw new Malformed('no item, or one that is cut short', source.length);
  if (root.end !== source.length) {
    throw new Malformed(`${source.length - root.end} trailing bytes after the item`, root.end);
  }
  return root;
}

/**
 * Reads bytes that must be exactly one CBOR item into a tree that keeps every item's own span. Non-preferred encodings
 * (long heads, indefinite lengths) are read like any other. Never throws.
 */
export function readCbor(source: Uint8Array, limits: CborLimits): CborOutcome {
  if (source.length > limits.maxBytes) {
    const message = `expected at most ${limits.maxBytes} bytes, found ${source.length}`;
    return { kind: 'malformed', message, offset: limits.maxBytes };
  }
  try {
    return { kind: 'read', node: readTree(source, limits) };
  } catch (error) {
    if (error instanceof Malformed)
      return { kind: 'malformed', message: error.message, offset: error.offset };
    // The lexer's own complaints: bytes that end too early, reserved heads, invalid UTF-8.
    const message = error instanceof RangeError ? 'the bytes end inside an item' : String(error);
    return { kind: 'malformed', message: message.replace(/^(Type)?Error: /, ''), offset: source.length };
  }
}
