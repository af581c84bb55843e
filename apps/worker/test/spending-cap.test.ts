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

it('allows exactly the limit of a day, and not a lovelace more', () => {
  const cap = capAt(MIDNIGHT_MS);
  expect([cap.take(A, 4n), cap.take(B, 7n), cap.take(B, 6n), cap.take(C, 1n)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

it('counts a transaction once, however often it is tried', () => {
  const cap = capAt(MIDNIGHT_MS);
  expect([cap.take(A, 9n), cap.take(A, 9n), cap.take(B, 1n)]).toEqual([true, true, true]);
});

it('takes back what the books refused, once', () => {
  const cap = capAt(MIDNIGHT_MS);
  cap.take(A, 10n);
  cap.giveBack(A);
  cap.giveBack(A);
  expect([cap.take(B, 10n), cap.take(C, 1n)]).toEqual([true, false]);
});

it('begins anew at midnight UTC, and forgets what was taken before', () => {
  const cap = capAt(MIDNIGHT_MS - 1);
  cap.take(A, 10n);
  expect(cap.take(B, 1n)).toBe(false);
  cap.at(MIDNIGHT_MS);
  cap.giveBack(A);
  expect([cap.take(B, 10n), cap.take(C, 1n)]).toEqual([true, false]);
});
