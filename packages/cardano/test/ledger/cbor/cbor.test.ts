import { bytesOf, type CborNode, readCbor } from '@x402-facilitator/cardano';
import { SequenceEvents } from 'cbor2/decoder';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyItem as item } from '../../support/any-item.js';
import * as cbor from '../../support/cbor-writer.js';
import { encodeNode } from '../../support/internals.js';

const LIMITS = { maxBytes: 65_536, maxDepth: 16 };

function read(bytes: Uint8Array) {
  const outcome = readCbor(bytes, LIMITS);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

function complaint(hex: string): string {
  const outcome = readCbor(cbor.hex(hex), LIMITS);
  return outcome.ok ? 'read' : outcome.error.message;
}

test('reading gives every item its own bytes, and the root all of them', () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 4 }), (items) => {
      const bytes = cbor.array(items);
      const node = read(bytes);
      expect([node.start, node.end]).toEqual([0, bytes.length]);
      const parts = node.kind === 'array' ? node.items.map((part) => bytesOf(bytes, part)) : [];
      expect(parts.map((part) => Buffer.from(part).toString('hex'))).toEqual(
        items.map((part) => Buffer.from(part).toString('hex')),
      );
    }),
  );
});

test('writing a tree again gives one form for all encodings, and reading that gives it once more', () => {
  fc.assert(
    fc.property(item, (bytes) => {
      const once = encodeNode(read(bytes));
      expect(once.length).toBeLessThanOrEqual(bytes.length);
      expect(encodeNode(read(once))).toEqual(once);
    }),
  );
});

test('reading never throws on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect([true, false]).toContain(readCbor(bytes, LIMITS).ok);
    }),
    { numRuns: 2000 },
  );
});

/** Where the items of a tree begin, in the order of the bytes; the chunks of a string are not items of their own. */
function starts(node: CborNode): number[] {
  switch (node.kind) {
    case 'array':
      return [node.start, ...node.items.flatMap(starts)];
    case 'map':
      return [node.start, ...node.entries.flat().flatMap(starts)];
    case 'tag':
      return [node.start, ...starts(node.content)];
    default:
      return [node.start];
  }
}

/** Heads of every kind and width, the reserved ones too, so that chance makes items of them. */
const head = fc.integer({ min: 0, max: 255 }).filter((byte) => (byte & 31) < 4 || (byte & 31) > 22);

test('what is read has its items where another decoder finds them, and what that refuses is malformed', () => {
  fc.assert(
    fc.property(fc.oneof(fc.array(head, { minLength: 1, maxLength: 14 }), item), (bytes) => {
      const source = Uint8Array.from(bytes);
      const outcome = readCbor(source, LIMITS);
      if (!outcome.ok) return;
      const BREAK_HEAD = 0xff;
      const strings: number[] = [];
      const found: number[] = [];
      for (const [majorType, info, , start] of new SequenceEvents(source)) {
        // Inside a string of indefinite length only its chunks and the break that closes it can follow.
        const isInString = strings.length > 0;
        if (source[start] === BREAK_HEAD) strings.pop();
        else if (!isInString) found.push(start);
        if (!isInString && (majorType === 2 || majorType === 3) && info === 31) strings.push(start);
      }
      expect(starts(outcome.value)).toEqual(found);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ['nothing at all', '', 'end inside'],
  ['an item that is cut short', '1a0000', 'end inside'],
  ['a byte string longer than what is there', '5bffffffffffffffff00', 'end inside'],
  ['an array of 2^64 - 1 items', '9bffffffffffffffff00', 'end inside'],
  ['an array that nothing closes', '9f01', 'end inside'],
  ['a byte after the item', '0000', '1 trailing bytes'],
  ['a break on its own', 'ff', 'break outside'],
  ['a break inside a definite array', '82ff00', 'break outside'],
  ['a break for the content of a tag', 'c1ff', 'break outside'],
  ['a break between key and value', 'bf01ff', 'without a value'],
  ['a reserved head', '1c', 'reserved head'],
  ['an integer of indefinite length', '1f', 'indefinite'],
  ['a text chunk in a byte string', '5f6161ff', 'of its own type'],
  ['a chunk of indefinite length', '5f5f4100ffff', 'of its own type'],
  ['text that is not UTF-8', '61ff', 'not UTF-8'],
  ['a float', 'f93c00', 'floats'],
  ['undefined', 'f7', 'floats'],
  ['a simple value in two bytes', 'f8ff', 'floats'],
])('%s is malformed', (_, hex, message) => {
  expect(complaint(hex)).not.toBe('read');
  expect(complaint(hex)).toContain(message);
});

test.each([
  ['definite arrays', '81', ''],
  ['indefinite arrays', '9f', 'ff'],
  ['definite maps', 'a100', ''],
  ['indefinite maps', 'bf00', 'ff'],
  ['tags', 'c1', ''],
])('nesting of %s is read to the limit and not beyond', (_, opener, closer) => {
  const nested = (depth: number) => `${opener.repeat(depth)}00${closer.repeat(depth)}`;
  expect(complaint(nested(16))).toBe('read');
  expect(complaint(nested(17))).toBe('nested deeper than 16 levels');
  expect(complaint(nested(10_000))).toBe('nested deeper than 16 levels');
});

test('bytes beyond the limit are not looked at', () => {
  expect(readCbor(new Uint8Array(65_537).fill(0x81), LIMITS)).toMatchObject({
    ok: false,
    error: { message: 'expected at most 65536 bytes, found 65537' },
  });
});
