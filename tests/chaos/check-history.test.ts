import { describe, expect, test } from 'vitest';
import { checkHistory, type ViolationKind } from './check-history.js';
import type { Answer, Call, HistoryEvent } from './history.js';

const TX = 'ab'.repeat(32);
const REST_MS = 100_000;

/** Each call of a history begins after the one before it has ended, unless it says otherwise. */
function historyOf(...steps: readonly ((atMs: number) => HistoryEvent)[]): HistoryEvent[] {
  return steps.map((step, index) => step((index + 1) * 1_000));
}

const call =
  (operation: Call['operation'], answer: Answer | undefined, more: Partial<Call> = {}) =>
  (atMs: number): Call => ({
    kind: 'call',
    operation,
    transaction: TX,
    replica: 'api-1',
    ...(operation === 'status' ? {} : { resource: 'https://seller.example/1' }),
    beginMs: atMs,
    endMs: atMs + 500,
    ...(answer === undefined ? {} : { answer }),
    ...more,
  });
const settle = (answer?: Answer, more?: Partial<Call>) => call('settle', answer, more);
const pending = settle({ status: 202, isSuccess: false, reason: 'settlement_pending', outcome: 'pending' });
const success = (more?: Partial<Call>) =>
  settle({ status: 200, isSuccess: true, outcome: 'confirmed' }, more);
const failed = settle({ status: 200, isSuccess: false, outcome: 'failed' });
const duplicate = settle({
  status: 200,
  isSuccess: false,
  reason: 'duplicate_settlement',
  outcome: 'confirmed',
});
const refused = settle({ status: 200, isSuccess: false, reason: 'nonce_not_on_chain' });
const unavailable = settle({ status: 503, isSuccess: false, reason: 'unexpected_settle_error' });
const notReplicated = settle({
  status: 503,
  isSuccess: false,
  reason: 'settlement_not_replicated',
  outcome: 'pending',
});
const status = (state: string, more?: Partial<Call>) =>
  call(
    'status',
    { status: 200, state, outcome: ['confirmed', 'failed', 'expired'].includes(state) ? state : 'pending' },
    more,
  );
const unknown = call('status', { status: 404, outcome: 'not_found' });
const unknownAtRest = call(
  'status',
  { status: 404, outcome: 'not_found' },
  { beginMs: REST_MS + 1, endMs: REST_MS + 2 },
);
const fault = (name: string) => (atMs: number) =>
  ({ kind: 'fault', fault: name, beginMs: atMs, endMs: atMs + 500 }) as const;
const made =
  (isSentDirectly = false) =>
  () =>
    ({ kind: 'payment', transaction: TX, input: 'x#0', habit: 'waits', isSentDirectly }) as const;
const rest = () => ({ kind: 'rest', atMs: REST_MS }) as const;
const atRest = { beginMs: REST_MS + 1, endMs: REST_MS + 2 };

const block =
  (height: number, ...transactions: readonly string[]) =>
  (atMs: number) =>
    ({ kind: 'block', height, transactions, atMs }) as const;
const rollback = (height: number) => (atMs: number) => ({ kind: 'rollback', height, atMs }) as const;
const confirmedBy = (confirmations: number) =>
  settle({ status: 200, isSuccess: true, outcome: 'confirmed', confirmations }, { required: 2 });

function kindsIn(history: readonly HistoryEvent[], isOnLedger: boolean): readonly ViolationKind[] {
  const { violations } = checkHistory(history, new Set(isOnLedger ? [TX] : []));
  return violations.map(({ kind }) => kind);
}

/** What each kind catches, and its neighbour that must pass. */
const CASES: readonly {
  readonly kind: ViolationKind;
  readonly what: string;
  readonly bent: readonly HistoryEvent[];
  readonly good: readonly HistoryEvent[];
  /** Unset: it does not. */
  readonly onLedger?: boolean;
}[] = [
  {
    kind: 'lost',
    what: 'accepted, then unknown; a 503 acknowledges nothing, whatever it says besides',
    bent: historyOf(pending, unknown),
    good: historyOf(notReplicated, unavailable, unknown),
  },
  {
    kind: 'lost',
    what: 'unknown only after the answer that acknowledged it, not before or meanwhile',
    bent: historyOf(unknown, failed, unknown),
    good: historyOf(unknown, settle({ status: 202, outcome: 'pending' }, { endMs: 9_000 }), unknown),
  },
  {
    kind: 'doubled',
    what: 'two successes without a key; one success, and then the word that it was collected',
    onLedger: true,
    bent: historyOf(success(), success()),
    good: historyOf(success(), duplicate, duplicate),
  },
  {
    kind: 'doubled',
    what: 'a key names the purchase from the beginning',
    onLedger: true,
    bent: historyOf(success({ key: 'one' }), success({ key: 'two' })),
    good: historyOf(success({ key: 'one' }), success({ key: 'one' })),
  },
  {
    kind: 'doubled',
    what: 'two resources for one payment, under one key too',
    onLedger: true,
    bent: historyOf(success({ key: 'one' }), success({ key: 'one', resource: 'https://seller.example/2' })),
    good: historyOf(
      success({ key: 'one' }),
      settle({ status: 409, reason: 'reused' }, { resource: 'https://seller.example/2' }),
    ),
  },
  {
    kind: 'false success',
    what: 'a success that the ledger does not hold; a success that nobody heard is none',
    bent: historyOf(pending, success()),
    good: historyOf(pending, settle(undefined)),
  },
  {
    kind: 'false success',
    what: 'confirmed at rest without the ledger; in between a rollback may still come',
    bent: historyOf(rest, status('confirmed', atRest)),
    good: historyOf(
      status('confirmed'),
      fault('roll back'),
      rest,
      status('expired', { beginMs: 50_000, endMs: 50_001 }),
    ),
  },
  {
    kind: 'premature',
    what: 'a success before a block holds it',
    onLedger: true,
    bent: historyOf(block(1), success(), status('submitted'), block(2, TX)),
    good: historyOf(block(1), status('submitted'), block(2, TX), success()),
  },
  {
    kind: 'premature',
    what: 'a success one block too early',
    onLedger: true,
    bent: historyOf(block(1, TX), block(2), confirmedBy(2), block(3)),
    good: historyOf(block(1, TX), block(2), block(3), confirmedBy(2)),
  },
  {
    kind: 'premature',
    what: 'a success that itself says fewer blocks than were asked for',
    onLedger: true,
    bent: historyOf(block(1, TX), block(2), block(3), confirmedBy(1)),
    good: historyOf(block(1, TX), block(2), block(3), block(4), confirmedBy(3)),
  },
  {
    kind: 'premature',
    what: 'more blocks than the ledger had, in a status too',
    onLedger: true,
    bent: historyOf(
      block(1, TX),
      call('status', { status: 200, state: 'included', outcome: 'pending', confirmations: 1 }),
    ),
    good: historyOf(
      block(1, TX),
      call('status', { status: 200, state: 'included', outcome: 'pending', confirmations: 0 }),
    ),
  },
  {
    kind: 'premature',
    what: 'blocks of a chain that was rolled back count for what they held, and not for what came back',
    onLedger: true,
    bent: historyOf(block(1), block(2, TX), rollback(1), block(2), block(3, TX), confirmedBy(2)),
    good: historyOf(block(1, TX), block(2), block(3), rollback(1), confirmedBy(2), block(2), block(3)),
  },
  {
    kind: 'doubled',
    what: 'a seller that delivers once for each payment has it again, under the same name',
    onLedger: true,
    bent: historyOf(success({ resumes: 'one' }), success({ resumes: 'two' })),
    good: historyOf(success({ resumes: 'one' }), success({ resumes: 'one' })),
  },
  {
    kind: 'false failure',
    what: 'a block held it after it was told as failed, though a rollback removed it again',
    bent: historyOf(pending, failed, block(1, TX), rollback(0)),
    good: historyOf(pending, block(1, TX), rollback(0), failed, block(1)),
  },
  {
    kind: 'false failure',
    what: 'failed to the payer, and paid; a refusal that claims nothing is no failure',
    onLedger: true,
    bent: historyOf(pending, failed),
    good: historyOf(refused, made(true)),
  },
  {
    kind: 'false failure',
    what: 'a status says it too',
    onLedger: true,
    bent: historyOf(status('expired')),
    good: historyOf(status('included')),
  },
  {
    kind: 'stranded',
    what: 'paid, and there is no record of it; unless its payer sent it past the facilitator',
    onLedger: true,
    bent: historyOf(made(), notReplicated, refused, rest, unknownAtRest),
    good: historyOf(made(true), notReplicated, refused, rest, unknownAtRest),
  },
  {
    kind: 'stranded',
    what: 'without an answer it was paid all the same; from a record the success can be had',
    onLedger: true,
    bent: historyOf(made(), settle(undefined), rest, unknownAtRest),
    good: historyOf(made(), notReplicated, refused, rest, status('confirmed', atRest)),
  },
  {
    kind: 'stranded',
    what: 'at rest, the same call has the success or the word that it was collected',
    onLedger: true,
    bent: historyOf(
      made(),
      pending,
      rest,
      settle({ status: 200, isSuccess: false, reason: 'reserved' }, atRest),
    ),
    good: historyOf(made(), pending, rest, settle({ status: 200, reason: 'duplicate_settlement' }, atRest)),
  },
  {
    kind: 'unfinished',
    what: 'accepted, and pending at rest',
    bent: historyOf(pending, rest, status('submitting', atRest)),
    good: historyOf(pending, status('submitting'), rest, status('expired', atRest)),
  },
  {
    kind: 'backwards',
    what: 'a block left without a rollback',
    bent: historyOf(status('included'), status('submitted')),
    good: historyOf(status('included'), fault('roll back, transactions vanish'), status('submitted')),
  },
  {
    kind: 'backwards',
    what: 'readings at once say nothing about an order',
    bent: historyOf(status('submitted'), status('queued')),
    good: historyOf(status('submitted', { endMs: 9_000 }), status('queued')),
  },
  {
    kind: 'backwards',
    what: 'a fail-over may go back to what the replica had, but not one Redis that was killed',
    bent: historyOf(status('submitted'), fault('kill Redis'), status('queued')),
    good: historyOf(status('submitted'), fault('fail-over'), status('queued')),
  },
  {
    kind: 'backwards',
    what: 'an old primary that stays cut off is read for as long as that lasts',
    bent: [
      ...historyOf(fault('fail-over')),
      ...[50, 51].map((at) => status(at === 50 ? 'submitted' : 'queued')(at * 1_000)),
    ],
    good: [
      ...historyOf(fault('fail-over')),
      { kind: 'fault', fault: 'cut Redis from all but its clients', beginMs: 500, endMs: 45_000 },
      ...[50, 51].map((at) => status(at === 50 ? 'submitted' : 'queued')(at * 1_000)),
    ],
  },
  {
    kind: 'backwards',
    what: 'no rollback leads out of an end; a fail-over may lose it, and it comes again',
    bent: historyOf(status('failed'), fault('roll back, transactions return'), status('submitted')),
    good: historyOf(status('failed'), fault('fail-over'), status('ambiguous'), status('failed')),
  },
  {
    kind: 'backwards',
    what: 'nothing makes a payment of a failure',
    bent: historyOf(status('failed'), fault('fail-over'), status('included')),
    good: historyOf(status('submitted'), fault('fail-over'), status('included')),
  },
];

describe('the checker of histories', () => {
  test.each(CASES)('$kind: $what', ({ kind, bent, good, onLedger = false }) => {
    expect(kindsIn(bent, onLedger)).toEqual([kind]);
    expect(kindsIn(good, onLedger)).toEqual([]);
  });

  test('an honest history passes and is counted', () => {
    const history = historyOf(
      made(),
      call('verify', { status: 200, isSuccess: true }),
      settle(undefined),
      pending,
      status('submitting'),
      status('ambiguous'),
      status('submitted'),
      status('included'),
      status('confirmed'),
      success(),
      rest,
      status('confirmed', atRest),
    );
    expect(checkHistory(history, new Set([TX]))).toEqual({
      calls: 10,
      unanswered: 1,
      acknowledged: 1,
      delivered: 1,
      violations: [],
    });
  });
});
