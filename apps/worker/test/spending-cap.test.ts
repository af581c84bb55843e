import { expect, it } from 'vitest';
import { createSpendingCap } from '../src/sponsorship/spending-cap.js';
import { asTxHash } from './support/payments.js';

const [A, B, C] = [asTxHash('aa'.repeat(32)), asTxHash('bb'.repeat(32)), asTxHash('cc'.repeat(32))];
const MIDNIGHT_MS = Date.UTC(2026, 10, 21);

function capAt(startMs: number) {
  let nowMs = startMs;
  const cap = createSpendingCap({ perDayLovelace: 10n, now: () => nowMs });
  return {
    ...cap,
    at(ms: number) {
      nowMs = ms;
    },
  };
}

it('allows exactly the limit of a day, not a lovelace more', () => {
  const cap = capAt(MIDNIGHT_MS);
  expect([cap.take(A, 4n), cap.take(B, 7n), cap.take(B, 6n), cap.take(C, 1n)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

it('counts a transaction once over all its attempts', () => {
  const cap = capAt(MIDNIGHT_MS);
  expect([cap.take(A, 9n), cap.take(A, 9n), cap.take(B, 1n)]).toEqual([true, true, true]);
});

it('returns a cost that the books refused, once', () => {
  const cap = capAt(MIDNIGHT_MS);
  cap.take(A, 10n);
  cap.giveBack(A);
  cap.giveBack(A);
  expect([cap.take(B, 10n), cap.take(C, 1n)]).toEqual([true, false]);
});

it('starts again at midnight UTC, and forgets earlier costs', () => {
  const cap = capAt(MIDNIGHT_MS - 1);
  cap.take(A, 10n);
  expect(cap.take(B, 1n)).toBe(false);
  cap.at(MIDNIGHT_MS);
  cap.giveBack(A);
  expect([cap.take(B, 10n), cap.take(C, 1n)]).toEqual([true, false]);
});
