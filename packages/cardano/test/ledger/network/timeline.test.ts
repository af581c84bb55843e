import { parseNetwork, slot, slotAt, slotStartMs } from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAINNET_TIMELINE, PREVIEW_TIMELINE } from '../../support/network.js';

test('slots of mainnet last 20 seconds in Byron and one second since', () => {
  const start = MAINNET_TIMELINE.systemStartMs;
  expect(slotAt(MAINNET_TIMELINE, start)).toBe(0);
  expect(slotAt(MAINNET_TIMELINE, start + 39_999)).toBe(1);
  expect(slotAt(MAINNET_TIMELINE, Date.UTC(2020, 6, 29, 21, 44, 51))).toBe(4_492_800);
  expect(slotAt(MAINNET_TIMELINE, Date.UTC(2020, 6, 29, 21, 44, 50, 999))).toBe(4_492_799);
  expect(slotStartMs(MAINNET_TIMELINE, slot(4_492_801))).toBe(Date.UTC(2020, 6, 29, 21, 44, 52));
});

test('a slot starts in itself, and one millisecond before in the slot before it', () => {
  for (const timeline of [MAINNET_TIMELINE, PREVIEW_TIMELINE]) {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000_000 }), (number) => {
        const startMs = slotStartMs(timeline, slot(number));
        expect(slotAt(timeline, startMs)).toBe(number);
        expect(slotAt(timeline, startMs - 1)).toBe(number - 1);
      }),
    );
  }
});

test('a time before the network began is an error, not a slot', () => {
  expect(() => slotAt(PREVIEW_TIMELINE, PREVIEW_TIMELINE.systemStartMs - 1)).toThrow(RangeError);
});

test('CIP-34 aliases fold to canonical ids, and nothing else does', () => {
  expect(parseNetwork('cip34:1-764824073')).toBe('cardano:mainnet');
  expect(parseNetwork('cip34:0-1')).toBe('cardano:preprod');
  expect(parseNetwork('cip34:0-2')).toBe('cardano:preview');
  for (const other of ['cardano', 'cardano:Mainnet', 'cip34:0-4', 'toString', '__proto__', '']) {
    expect(parseNetwork(other)).toBeUndefined();
  }
});
