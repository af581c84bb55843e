import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultSpec } from '../control/index.js';
import { ChainView, type Ledger } from '../ledger/index.js';
import { type Answer, failure } from './answer.js';
import type { Route, RouteContext } from './route.js';

/** How a request ends. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** The connection breaks. */
  | { readonly kind: 'drop' }
  /** No answer is ever sent. */
  | { readonly kind: 'hang' };

/** The operations that submit a transaction, in both APIs. */
const SUBMISSIONS: readonly string[] = ['/tx/submit', '/submittx'];

type Strike = Extract<FaultSpec, { kind: 'status' | 'drop-before' | 'drop-after' | 'hang' }>;

/** True when the operation must not take effect. */
function strikesBefore(fault: FaultSpec): fault is Strike {
  if (fault.kind === 'drop-before') return true;
  return (fault.kind === 'status' || fault.kind === 'hang') && fault.when === 'before';
}

function strikesAfter(fault: FaultSpec): fault is Strike {
  if (fault.kind === 'drop-after') return true;
  return (fault.kind === 'status' || fault.kind === 'hang') && fault.when === 'after';
}

function faultAnswer({ status, message, retryAfterSeconds }: Extract<FaultSpec, { kind: 'status' }>): Answer {
  const answer = failure(status, message);
  return retryAfterSeconds === undefined
    ? answer
    : { ...answer, headers: { 'retry-after': String(retryAfterSeconds) } };
}

async function strike(fault: Strike, closing: AbortSignal): Promise<Outcome> {
  if (fault.kind === 'status') return { kind: 'answer', answer: faultAnswer(fault) };
  if (fault.kind !== 'hang') return { kind: 'drop' };
  if (fault.ms === undefined) return { kind: 'hang' };
  await pause(fault.ms, closing);
  return { kind: 'drop' };
}

/** Waits, but only until the server closes. */
async function pause(ms: number, closing: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: closing }).catch(() => undefined);
}

/**
 * Performs an operation under the faults that hit it.
 *
 * @param closing Aborted when the server closes, which ends all waits.
 */
export async function perform(
  route: Route,
  request: Pick<RouteContext, 'params' | 'query' | 'body'>,
  ledger: Ledger,
  faults: readonly FaultSpec[],
  closing: AbortSignal,
): Promise<Outcome> {
  let lagBlocks = 0;
  for (const fault of faults) {
    if (fault.kind === 'latency') await pause(fault.ms, closing);
    if (fault.kind === 'stale') lagBlocks = Math.max(lagBlocks, fault.blocks);
  }
  const before = faults.find(strikesBefore);
  if (before !== undefined) {
    if (SUBMISSIONS.includes(route.path) && request.body instanceof Uint8Array) ledger.lose(request.body);
    return strike(before, closing);
  }
  const answer = await route.handle({ ...request, ledger, view: new ChainView(ledger, lagBlocks) });
  const after = faults.find(strikesAfter);
  return after === undefined ? { kind: 'answer', answer } : strike(after, closing);
}
