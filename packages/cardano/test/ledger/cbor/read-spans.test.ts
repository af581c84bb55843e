import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSpans } from '../../../src/ledger/cbor/index.js';
import { anyItem } from '../../support/any-item.js';
import * as cbor from '../../support/cbor-writer.js';

const length = fc.constantFrom<cbor.Length>('definite', 'indefinite');

function partsOf(bytes: Uint8Array) {
  const found = readSpans(bytes);
  if (!found.ok) throw new Error(found.error.message);
  const { kind, spans } = found.value;
  return [kind, ...spans.map(({ start, end }) => Buffer.from(bytes.subarray(start, end)).toString('hex'))];
}

const hexOf = (parts: readonly cbor.Cbor[]) => parts.map((part) => Buffer.from(part).toString('hex'));

test('the parts of an array and of a map are found, whatever they are and however they are encoded', () => {
  fc.assert(
    fc.property(fc.array(anyItem, { maxLength: 6 }), length, (items, form) => {
      expect(partsOf(cbor.array(items, form))).toEqual(['array', ...hexOf(items)]);
      const entries = items.map((item) => [cbor.int(1), item] as const);
      expect(partsOf(cbor.map(entries, form))).toEqual(['map', ...hexOf(entries.flat())]);
    }),
  );
});

test('a part that is a hundred thousand deep is one part', () => {
  const depth = 100_000;
  const deep = cbor.concat(new Uint8Array(depth).fill(0x81), cbor.int(0));
  const tags = cbor.concat(new Uint8Array(depth).fill(0xc1), cbor.int(0));
  const open = cbor.concat(new Uint8Array(depth).fill(0x9f), new Uint8Array(depth).fill(0xff));
  expect(partsOf(cbor.array([deep, tags, open]))).toEqual(['array', ...hexOf([deep, tags, open])]);
});

test.each([
  ['', 'the bytes end inside an item'],
  ['00', 'no array and no map'],
  ['8100ff', '1 trailing bytes after the item'],
  ['8201', 'the bytes end inside an item'],
  ['9f01', 'the bytes end inside an item'],
  ['81ff', 'an indefinite length of no list'],
  ['811c', 'a head that is not whole'],
  ['8119', 'a head that is not whole'],
  ['814401', 'the bytes end inside an item'],
  ['81c1', 'the bytes end inside an item'],
  ['a101', 'the bytes end inside an item'],
  ['bf01ff', 'a key without a value'],
  ['9bffffffffffffffff00', 'the bytes end inside an item'],
])('%s: %s', (bytes, message) => {
  expect(readSpans(cbor.hex(bytes))).toMatchObject({ ok: false, error: { message } });
});

test('garbage is a fault, never an exception', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readSpans(bytes)));
});
