import { SETTLEMENT_STATES, type SettlementState } from '@x402-facilitator/journal';
import { TRANSITIONS } from '@x402-facilitator/journal/testing';
import type { Call, ChainChange, FaultDone, History, PaymentMade } from './history.js';

/** What the ledger says when everything is at rest: transactions of the canonical chain, by id. */
export type LedgerFacts = {
  has(transaction: string): boolean;
};

/** What may be wrong with a history. */
export const VIOLATIONS = {
  lost: 'an acknowledged settlement is missing',
  doubled: 'a success was told twice',
  'false success': 'a success that the ledger does not bear',
  premature: 'a success before the ledger bore it so deep',
  'false failure': 'told as failed, and the ledger bears it',
  stranded: 'the ledger bears it, and its success cannot be had',
  unfinished: 'accepted, and without an end at rest',
  backwards: 'its status moved backwards',
} as const;

export type ViolationKind = keyof typeof VIOLATIONS;

export type Violation = {
  readonly kind: ViolationKind;
  readonly transaction: string;
  readonly detail: string;
};

export type Verdict = {
  readonly calls: number;
  /** Calls to which nothing came back. */
  readonly unanswered: number;
  readonly acknowledged: number;
  readonly delivered: number;
  readonly violations: readonly Violation[];
};

const ROLLBACK = /^roll back/;
const FAIL_OVER = /^fail-over$/;
/** How long after a rollback the last of its settlements may be found to have left the chain. */
const ROLLBACK_FELT_MS = 60_000;
/** How long after a fail-over, and the fault that led to it, a process may still be served by the old primary. */
const STALE_MS = 15_000;

/**
 * Reads a history with the ledger beside it. It knows nothing of the journal and trusts no answer: two answers about one
 * payment must agree with each other and with the ledger.
 */
export function checkHistory(history: History, ledger: LedgerFacts): Verdict {
  const calls = history.filter((event) => event.kind === 'call');
  const faults = history.filter((event) => event.kind === 'fault');
  const payments = new Map(
    history.flatMap((event) => (event.kind === 'payment' ? [[event.transaction, event] as const] : [])),
  );
  const changes = history
    .filter((event) => event.kind === 'block' || event.kind === 'rollback')
    .toSorted((a, b) => a.atMs - b.atMs);
  const restMs = history.find((event) => event.kind === 'rest')?.atMs ?? Number.POSITIVE_INFINITY;
  const violations: Violation[] = [];
  let acknowledged = 0;
  let delivered = 0;
  for (const [transaction, about] of groupBy(calls, (call) => call.transaction)) {
    const of = {
      calls: about,
      payment: payments.get(transaction),
      isOnLedger: ledger.has(transaction),
      restMs,
      faults,
      changes,
    };
    if (about.some(isAcknowledged)) acknowledged += 1;
    if (about.some(isSuccess)) delivered += 1;
    for (const check of CHECKS)
      violations.push(...check(of).map(({ kind, detail }) => ({ kind, transaction, detail })));
  }
  return {
    calls: calls.length,
    unanswered: calls.filter(({ answer }) => answer === undefined).length,
    acknowledged,
    delivered,
    violations,
  };
}

type Subject = {
  /** About one transaction, in the order in which they ended. */
  readonly calls: readonly Call[];
  readonly payment: PaymentMade | undefined;
  readonly isOnLedger: boolean;
  readonly restMs: number;
  readonly faults: readonly FaultDone[];
  /** What became of the chain, in its order. Empty where nobody watched it. */
  readonly changes: readonly ChainChange[];
};

type Found = { readonly kind: ViolationKind; readonly detail: string };

/** Once all is at rest, what was acknowledged is known; and it was not unknown in between. */
function findLost({ calls }: Subject): Found[] {
  const acknowledgedMs = Math.min(...calls.filter(isAcknowledged).map(({ endMs }) => endMs));
  return calls
    .filter(
      ({ operation, answer, beginMs }) =>
        operation === 'status' && answer?.status === 404 && beginMs > acknowledgedMs,
    )
    .slice(0, 1)
    .map(({ beginMs, replica }) => ({
      kind: 'lost' as const,
      detail: `acknowledged at ${seconds(acknowledgedMs)}, unknown to ${replica} at ${seconds(beginMs)}`,
    }));
}

/**
 * One success per payment; the same again only to the same purchase, under the key that it had from the beginning, or where its
 * seller delivers once for each payment.
 */
function findDoubled({ calls }: Subject): Found[] {
  const [first, ...again] = calls.filter(isSuccess);
  if (first === undefined) return [];
  return again
    .filter(({ resource, key, resumes }) => {
      const isSameOperation = key !== undefined && key === first.key;
      const isResumed = resumes !== undefined && resumes === first.resumes;
      return resource !== first.resource || !(isSameOperation || isResumed);
    })
    .map(({ endMs, resource, replica }) => ({
      kind: 'doubled' as const,
      detail: `for ${first.resource} at ${seconds(first.endMs)} by ${first.replica}, and for ${resource} at ${seconds(endMs)} by ${replica}`,
    }));
}

/** The clocks of the ledger and of the customers are one, but read by two processes. */
const READING_MS = 20;

/** The most blocks that were ever on top of a transaction until a moment; -1 when no block held it. */
function deepestBy(moment: number, transaction: string, changes: readonly ChainChange[]): number {
  let height: number | undefined;
  let deepest = -1;
  for (const change of changes) {
    if (change.atMs > moment + READING_MS) break;
    if (change.kind === 'rollback') {
      if (height !== undefined && height > change.height) height = undefined;
      continue;
    }
    if (change.transactions.includes(transaction)) height = change.height;
    if (height !== undefined) deepest = Math.max(deepest, change.height - height);
  }
  return deepest;
}

/** A success says that a block holds the payment, so deep as was asked, and so deep as it says itself. */
function findPremature({ calls, changes }: Subject): Found[] {
  if (changes.length === 0) return [];
  return calls.flatMap((call): Found[] => {
    const { operation, transaction, answer, endMs, replica, required = 0 } = call;
    const isTold = isSuccess(call) || (operation === 'status' && answer?.outcome === 'confirmed');
    const told = answer?.confirmations ?? 0;
    if (!isTold && answer?.confirmations === undefined) return [];
    const asked = Math.max(told, isTold ? required : 0);
    const deepest = deepestBy(endMs, transaction, changes);
    if (deepest >= asked && !(isSuccess(call) && told < required)) return [];
    return [
      {
        kind: 'premature',
        detail: `${operation} by ${replica} at ${seconds(endMs)} says ${told} blocks, ${required} were asked for, the ledger had ${deepest}`,
      },
    ];
  });
}

/** It landed after it was told as failed, though a rollback may have removed it since. */
function landedAfterFailure({ calls, changes }: Subject): Call | undefined {
  return calls.find(
    (call) =>
      isFailure(call) &&
      changes.some(
        (change) =>
          change.kind === 'block' &&
          change.atMs > call.endMs &&
          change.transactions.includes(call.transaction),
      ),
  );
}

function findFalse(subject: Subject): Found[] {
  const { calls, isOnLedger, restMs } = subject;
  const landed = isOnLedger ? undefined : landedAfterFailure(subject);
  if (landed !== undefined)
    return [
      {
        kind: 'false failure',
        detail: `${landed.operation} by ${landed.replica} at ${seconds(landed.endMs)}, and a later block held it`,
      },
    ];
  const told = calls.find(isOnLedger ? isFailure : isSuccess);
  const atRest = calls.find(
    ({ operation, answer, beginMs }) =>
      operation === 'status' && beginMs >= restMs && answer?.outcome === 'confirmed' && !isOnLedger,
  );
  return [told, atRest]
    .filter((call) => call !== undefined)
    .slice(0, 1)
    .map(({ operation, endMs, replica, answer }) => ({
      kind: isOnLedger ? ('false failure' as const) : ('false success' as const),
      detail: `${operation} by ${replica} at ${seconds(endMs)}: ${answer?.outcome ?? answer?.reason}`,
    }));
}

/**
 * Paid through the facilitator, and at rest nobody knows of it, or the same call gets neither the success nor the word that it
 * was collected. A refusal before that is none for good: during a split, each side may hold one input for another payment.
 */
function findStranded({ calls, payment, isOnLedger, restMs }: Subject): Found[] {
  if (!isOnLedger || payment?.isSentDirectly !== false || calls.some(isSuccess)) return [];
  const atRest = calls.filter(({ beginMs }) => beginMs >= restMs);
  const settled = atRest.filter(({ operation }) => operation === 'settle');
  const isUnknown = atRest.some(({ operation, answer }) => operation === 'status' && answer?.status === 404);
  const isCollected = settled.some(({ answer }) => answer?.reason === 'duplicate_settlement');
  if (!isUnknown && (settled.length === 0 || isCollected)) return [];
  const last = calls.filter(({ operation }) => operation === 'settle').at(-1);
  return [
    {
      kind: 'stranded',
      detail: `${isUnknown ? 'there is no record of it' : 'it has a record'}, and its customer heard last: ${last?.answer?.reason}`,
    },
  ];
}

function findUnfinished({ calls, restMs }: Subject): Found[] {
  if (!calls.some(isAcknowledged)) return [];
  return calls
    .filter(
      ({ beginMs, operation, answer }) =>
        operation === 'status' && beginMs >= restMs && answer?.outcome === 'pending',
    )
    .slice(0, 1)
    .map(({ answer, replica }) => ({
      kind: 'unfinished' as const,
      detail: `${replica} says ${answer?.state}`,
    }));
}

/**
 * Of two readings, the second of which began after the first had ended, the second is reachable from the first by the table of
 * states. A rollback may lead back, and a fail-over to what the replica had. Neither makes a payment of a failure.
 */
function findBackwards({ calls, faults }: Subject): Found[] {
  const readings = calls.flatMap((call) => {
    const state = stateIn(call);
    return state === undefined ? [] : [{ ...call, state }];
  });
  const found: Found[] = [];
  for (const [index, earlier] of readings.entries())
    for (const later of readings.slice(index + 1)) {
      if (later.beginMs <= earlier.endMs || found.length > 0) continue;
      const untilMended = ({ beginMs, endMs }: FaultDone) =>
        Math.max(
          ...faults
            .filter((other) => /Redis|fail-over/.test(other.fault))
            .filter((other) => other.beginMs <= endMs && other.endMs >= beginMs)
            .map((other) => other.endMs),
          endMs,
        );
      const during = (pattern: RegExp, forMs: number) =>
        faults.some(
          (done) =>
            pattern.test(done.fault) &&
            done.beginMs <= later.endMs &&
            untilMended(done) + forMs >= earlier.beginMs,
        );
      const isRevived = isEnd(earlier.state) && (later.state === 'included' || later.state === 'confirmed');
      const wasReplaced = during(FAIL_OVER, STALE_MS) && !isRevived;
      const reached = during(ROLLBACK, ROLLBACK_FELT_MS) ? REACHED.withRollbacks : REACHED.forwards;
      if (wasReplaced || reached.get(earlier.state)?.has(later.state) === true) continue;
      found.push({
        kind: 'backwards',
        detail: `${earlier.state} by ${earlier.replica} at ${seconds(earlier.endMs)}, then ${later.state} by ${later.replica} at ${seconds(later.endMs)}`,
      });
    }
  return found;
}

const CHECKS = [findLost, findDoubled, findPremature, findFalse, findStranded, findUnfinished, findBackwards];

/** The facilitator took it on: its caller need not come back with another payment. */
function isAcknowledged({ operation, answer }: Call): boolean {
  if (operation !== 'settle' || answer === undefined) return false;
  return answer.status === 202 || (answer.status === 200 && answer.outcome !== undefined);
}

/** A success was handed out. */
export function isSuccess({ operation, answer }: Call): boolean {
  return operation === 'settle' && answer?.isSuccess === true;
}

function isFailure({ operation, answer }: Call): boolean {
  return operation !== 'verify' && (answer?.outcome === 'failed' || answer?.outcome === 'expired');
}

function isEnd(state: SettlementState): boolean {
  return state === 'failed' || state === 'expired';
}

function stateIn({ operation, answer }: Call): SettlementState | undefined {
  if (operation !== 'status' || answer?.status !== 200) return undefined;
  return SETTLEMENT_STATES.find((state) => state === answer.state);
}

const REACHED = {
  forwards: reachable(({ trigger }) => !trigger.includes('left the chain')),
  withRollbacks: reachable(() => true),
};

/** Which states can follow each state, directly or not. */
function reachable(
  isTaken: (transition: (typeof TRANSITIONS)[number]) => boolean,
): ReadonlyMap<SettlementState, ReadonlySet<SettlementState>> {
  const taken = TRANSITIONS.filter(isTaken);
  return new Map(
    SETTLEMENT_STATES.map((start) => {
      const reached = new Set<SettlementState>([start]);
      // A set also visits what is added during the visit.
      for (const state of reached) for (const { from, to } of taken) if (from === state) reached.add(to);
      return [start, reached];
    }),
  );
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

export function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    group.push(item);
    groups.set(keyOf(item), group);
  }
  return groups;
}
