import { printable } from '../printable.js';
import { type Answer, fetchAnswer, type Meaning, meaningOf, requiredIn, retryAfterMs } from './answer.js';
import type { Fate } from './fate.js';
import type { PurchaseRecord } from './record.js';
import type { Repeatable } from './request.js';
import type { BuyingStep } from './steps.js';

/** How showing a payment ended. */
export type Shown = {
  readonly kind: 'delivered' | 'refused' | 'included' | 'impossible' | 'undecided';
  /** The last answer; `undefined` when none came. */
  readonly answer: Answer | undefined;
  /** Why there is none. */
  readonly cause?: unknown;
};

export type ShowingOptions = {
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly patienceMs: number;
  readonly maxRetries: number;
  readonly requestTimeoutMs: number;
  readonly fateOf: (record: PurchaseRecord) => Promise<Fate>;
  readonly onStep: (step: BuyingStep) => void;
};

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
/** Where the seller names none, while a payment is pending. */
const PENDING_PAUSE_MS = 5_000;
/** A seller may ask for a longer pause than that, and does not get it. */
const LONGEST_RETRY_AFTER_MS = 60_000;
/** Nor does one that asks for none get a flood. */
const SHORTEST_PAUSE_MS = 100;
/** After so many unclear answers in a row the chain is asked. */
const UNCLEAR_BEFORE_LOOKING = 5;

/** Shows a signed payment, the same each time, until something is decided or patience ends. */
export async function showPayment(
  record: PurchaseRecord,
  request: Repeatable,
  options: ShowingOptions,
): Promise<Shown> {
  const { now, sleep, onStep } = options;
  const deadlineMs = now() + options.patienceMs;
  const headers = new Headers(request.init.headers);
  headers.set('PAYMENT-SIGNATURE', record.signature ?? '');
  let last: Pick<Shown, 'answer' | 'cause'> = { answer: undefined };
  let wasTaken = false;
  for (let retry = 0; ; retry += 1) {
    let meaning: Meaning = 'unclear';
    let reason: string;
    try {
      // Not redirected: the payment is for this address.
      const init: RequestInit = { ...request.init, headers, redirect: 'manual' };
      const answer = await fetchAnswer(options.fetch, request.url, init, {
        timeoutMs: options.requestTimeoutMs,
      });
      last = { answer };
      meaning = meaningOf(answer);
      reason = reasonOf(answer);
      onStep({ kind: 'answered', status: answer.status, receipt: answer.receipt });
      wasTaken ||= answer.receipt !== undefined;
    } catch (cause) {
      request.init.signal?.throwIfAborted();
      last = { answer: last.answer, cause };
      reason = cause instanceof Error ? cause.message : String(cause);
    }
    if (meaning === 'delivered') return { kind: 'delivered', ...last };
    // Only a payment that was never accepted before is certainly not in flight.
    if (meaning === 'refused' && !wasTaken) return { kind: 'refused', ...last };
    const isLast =
      meaning === 'final' || meaning === 'refused' || retry >= options.maxRetries || now() >= deadlineMs;
    if (isLast || now() > record.payment.validToMs || (retry + 1) % UNCLEAR_BEFORE_LOOKING === 0) {
      const fate = await options.fateOf(record).catch((): Fate => 'possible');
      if (fate === 'impossible') return { kind: 'impossible', ...last };
      if (isLast) return { kind: fate === 'included' ? 'included' : 'undecided', ...last };
    }
    const asked = last.answer === undefined ? undefined : retryAfterMs(last.answer);
    const own =
      meaning === 'pending'
        ? PENDING_PAUSE_MS
        : Math.min(FIRST_PAUSE_MS * 2 ** Math.min(retry, 10), LONGEST_PAUSE_MS);
    const retryInMs = Math.max(SHORTEST_PAUSE_MS, Math.min(asked ?? own, LONGEST_RETRY_AFTER_MS));
    onStep({ kind: 'pending', transaction: record.payment.transactionId, retryInMs, reason });
    await sleep(retryInMs);
  }
}

function reasonOf(answer: Answer): string {
  const said = answer.receipt?.errorReason ?? requiredIn(answer)?.error;
  return said === undefined ? `HTTP ${answer.status}` : `HTTP ${answer.status}, ${printable(said)}`;
}
