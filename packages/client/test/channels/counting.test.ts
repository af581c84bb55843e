import { LOVELACE, type OutRefKey } from '@x402-facilitator/cardano/ledger';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  afterCharge,
  afterCorrection,
  afterRefusal,
  nextPromise,
  withoutAnswer,
  withPending,
} from '../../src/channels/counting.js';
import { deriveIouKeys, type IouKey } from '../../src/channels/iou-keys.js';
import type { ChannelRecord } from '../../src/channels/record.js';
import { keysOf, newSeedPhrase } from '../../src/index.js';

const TAG = 'ab'.repeat(32);
const PRICE = 1_000n;
let key: IouKey;
let stranger: IouKey;
beforeAll(async () => {
  const keys = await deriveIouKeys(
    await keysOf({ seedPhrase: newSeedPhrase() }, 'cardano:preview'),
    'cardano:preview',
  );
  key = keys.keyOf(TAG);
  stranger = keys.keyOf('cd'.repeat(32));
});

function record(change: Partial<ChannelRecord> = {}): ChannelRecord {
  return {
    version: 1,
    id: TAG,
    network: 'cardano:preview',
    scriptHash: '00'.repeat(28),
    address: 'addr_test1',
    payer: '00'.repeat(28),
    iouKey: key.publicKey,
    receiver: 'addr_test1',
    receiverAuthorizer: '00'.repeat(28),
    token: LOVELACE,
    withdrawDelay: 900,
    sellers: [],
    referenceScript: null,
    state: 'open',
    ref: `${'00'.repeat(32)}#0` as OutRefKey,
    toldRef: null,
    capacity: '1000000',
    subbed: '0',
    count: '5000',
    signed: '5000',
    lostAnswers: 0,
    isRecovered: false,
    pending: null,
    doubt: null,
    transaction: null,
    spent: [],
    changedAtMs: 0,
    ...change,
  };
}

const sent = { amount: 6_000n, price: PRICE };
const charge = (chargedAmount: unknown, cumulative?: unknown, channelId: unknown = TAG) => ({
  chargedAmount,
  channelState: { channelId, ...(cumulative === undefined ? {} : { chargedCumulativeAmount: cumulative }) },
});
const correction = (told: unknown, held: bigint, by = key, totalClaimed = '0', channelId = TAG) => ({
  channelState: { channelId, chargedCumulativeAmount: told, totalClaimed },
  voucherState: { signedMaxClaimable: String(held), signature: by.sign(held) },
});
const pendingRecord = (change: Partial<ChannelRecord> = {}) => withPending(record(change), sent, '/a', 1);

test('the next promise is the count and the price', () => {
  expect(nextPromise(record(), PRICE, '/a')).toEqual({ amount: 6_000n, isQuestion: false });
});

test.each([
  ['the price', charge('1000', '6000'), '6000'],
  ['less than the price', charge('400', '5400'), '5400'],
  ['nothing', charge('0', '5000'), '5000'],
  ['the price, and no count with it', charge('1000'), '6000'],
])('a charge of %s moves the count by it', (_, extra, count) => {
  expect(afterCharge(pendingRecord(), sent, extra)).toMatchObject({ count, pending: null, doubt: null });
});

test.each([
  ['more than the price', charge('1001', '6001')],
  ['the price, and a count that is higher', charge('1000', '7000')],
  ['the price, and a count that is lower', charge('1000', '5000')],
  ['the price, of another channel', charge('1000', '6000', 'cd'.repeat(32))],
  ['a number', charge(1000, '6000')],
  ['text that is no number', charge('0x10', '6000')],
  ['a negative number', charge('-1', '4999')],
  ['a number of a thousand digits', charge('9'.repeat(1000), '6000')],
  ['nothing at all', undefined],
  ['null', null],
  ['a list', []],
])('a charge of %s moves nothing', (_, extra) => {
  const after = afterCharge(pendingRecord(), sent, extra);
  expect(after).toMatchObject({ count: '5000', pending: null });
  expect(nextPromise(after, PRICE, '/a')).toEqual({ amount: 6_000n, isQuestion: false });
});

test('an answer that comes after the count has moved counts once', () => {
  const once = afterCharge(pendingRecord(), sent, charge('1000', '6000'));
  expect(afterCharge(once, sent, charge('1000', '6000'))).toMatchObject({ count: '6000' });
});

test('a higher count is taken for a promise whose answer was lost, so many times and no more', () => {
  const lost = withoutAnswer(pendingRecord());
  expect(afterCorrection(lost, sent, correction('6000', 6_000n), 1)).toMatchObject({
    count: '6000',
    lostAnswers: 1,
  });
  expect(afterCorrection({ ...lost, lostAnswers: 1 }, sent, correction('6000', 6_000n), 1)).toBeUndefined();
});

test('a higher count is not taken for a promise that the seller refused', () => {
  const refused = afterRefusal(pendingRecord(), sent);
  expect(afterCorrection(refused, sent, correction('6000', 6_000n), 10)).toBeUndefined();
  expect(afterCorrection(pendingRecord(), sent, correction('6000', 6_000n), 10)).toBeUndefined();
});

test('a lower count is taken: it costs nothing', () => {
  expect(afterCorrection(pendingRecord(), sent, correction('4000', 5_000n), 0)).toMatchObject({
    count: '4000',
  });
});

test('a count is taken without records, when the seller holds the buyer’s own promise of it', () => {
  const found = record({ count: '0', signed: '0', isRecovered: true });
  expect(afterCorrection(found, { amount: 1_000n }, correction('6000', 7_000n), 0)).toMatchObject({
    count: '6000',
    signed: '7000',
    isRecovered: false,
  });
  // A store that was set back to an older copy.
  const older = record({ count: '1000', signed: '1000' });
  expect(afterCorrection(older, { amount: 2_000n }, correction('6000', 6_000n), 0)).toMatchObject({
    count: '6000',
  });
});

test('a count is not taken without a proof of it', () => {
  const found = record({ count: '2000', subbed: '2000', signed: '2000', isRecovered: true });
  const refuses = (extra: unknown) =>
    expect(afterCorrection(found, { amount: 3_000n }, extra, 10)).toBeUndefined();
  refuses(correction('6000', 6_000n, stranger));
  refuses(correction('6001', 6_000n));
  refuses(correction('6000', 6_000n, key, '6001'));
  refuses(correction('1999', 6_000n));
  refuses(correction('6000', 6_000n, key, '0', 'cd'.repeat(32)));
  refuses({
    ...correction('6000', 6_000n),
    voucherState: { signedMaxClaimable: '6001', signature: key.sign(6_000n) },
  });
  refuses({ channelState: correction('6000', 6_000n).channelState });
  refuses({});
  refuses(undefined);
});

test('after a lost answer another resource asks for the count first, and promises no more', () => {
  const lost = withoutAnswer(pendingRecord());
  expect(nextPromise(lost, PRICE, '/a')).toEqual({ amount: 6_000n, isQuestion: false });
  expect(nextPromise(lost, PRICE, '/b')).toEqual({ amount: 5_999n, isQuestion: true });
  expect(nextPromise(lost, 500n, '/b')).toEqual({ amount: 5_500n, isQuestion: false });
});

/** What a seller may do with a promise. */
type Act =
  | { readonly kind: 'serve'; readonly charged: bigint }
  | { readonly kind: 'lie'; readonly charged: bigint; readonly cumulative: bigint }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'correct'; readonly told: bigint; readonly held: bigint };

const amount = fc.bigInt({ min: 0n, max: 20_000n });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('serve' as const), charged: fc.bigInt({ min: 0n, max: PRICE }) }),
  fc.record({ kind: fc.constant('lie' as const), charged: amount, cumulative: amount }),
  fc.record({ kind: fc.constant('refuse' as const) }),
  fc.record({ kind: fc.constant('silence' as const) }),
  fc.record({ kind: fc.constant('correct' as const), told: amount, held: amount }),
);
const price = fc.bigInt({ min: 1n, max: PRICE });

test.each([0, 2])(
  'whatever a seller does, nothing is promised above what was served, one price, and %i lost answers',
  (most) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(act, price, fc.constantFrom('/a', '/b')), { maxLength: 60 }), (acts) => {
        let current = record({ count: '0', signed: '0' });
        /** The most that served requests can have cost. */
        let served = 0n;
        const promised: bigint[] = [];
        for (const [does, asked, resource] of acts) {
          const next = nextPromise(current, asked, resource);
          const promise = { amount: next.amount, price: asked };
          current = withPending(current, promise, resource, 1);
          promised.push(next.amount);
          expect(next.amount).toBeLessThanOrEqual(served + PRICE + BigInt(most) * PRICE);
          switch (does.kind) {
            case 'serve':
            case 'lie': {
              served += asked;
              const cumulative = does.kind === 'lie' ? does.cumulative : BigInt(current.count) + does.charged;
              const charged = does.kind === 'serve' && does.charged > asked ? asked : does.charged;
              current = afterCharge(current, promise, charge(String(charged), String(cumulative)));
              break;
            }
            case 'refuse':
              current = afterRefusal(current, promise);
              break;
            case 'silence':
              current = withoutAnswer(current);
              break;
            case 'correct': {
              // It can show what it was given, and nothing else.
              const held = promised.filter((each) => each <= does.held).at(-1);
              const told = correction(
                String(does.told),
                held ?? does.held,
                held === undefined ? stranger : key,
              );
              current = afterCorrection(current, promise, told, most) ?? afterRefusal(current, promise);
            }
          }
          const [largest] = [0n, ...promised].toSorted((a, b) => (a > b ? -1 : 1));
          expect(BigInt(current.signed)).toBe(largest);
        }
      }),
      { numRuns: 300 },
    );
  },
);
