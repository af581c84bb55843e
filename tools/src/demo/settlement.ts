import { setTimeout as sleep } from 'node:timers/promises';
import { shorten } from './payment.js';

/** What `GET /status/:transaction` answers, as far as the demo shows it. */
export type SettlementStatus = {
  readonly status: 'pending' | 'confirmed' | 'failed' | 'not_found';
  readonly confirmations: number | null;
  readonly required: number | null;
  readonly block: { readonly hash: string; readonly height: number; readonly slot: number } | null;
  readonly attempts: number;
  readonly queuedAt: string | null;
  readonly submittedAt: string | null;
  readonly errorReason: string | null;
  readonly errorMessage: string | null;
};

const LOOK_EVERY_MS = 20;
const LONG_POLL_SECONDS = 20;

export async function readSettlement(
  apiUrl: string,
  txHash: string,
  { waitSeconds, signal }: { readonly waitSeconds?: number; readonly signal?: AbortSignal } = {},
): Promise<SettlementStatus> {
  const query = waitSeconds === undefined ? '' : `?wait=${waitSeconds}`;
  const response = await fetch(`${apiUrl}/status/${txHash}${query}`, signal === undefined ? {} : { signal });
  if (!response.ok && response.status !== 404)
    throw new Error(`GET /status/${txHash} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as SettlementStatus;
}

/** Every state in which a settlement is seen, from its claim to its end. Waits for the claim, then long-polls. */
export async function* followSettlement(
  apiUrl: string,
  txHash: string,
  signal: AbortSignal,
): AsyncGenerator<SettlementStatus> {
  let latest = await readSettlement(apiUrl, txHash, { signal });
  while (latest.status === 'not_found') {
    await sleep(LOOK_EVERY_MS, undefined, { signal });
    latest = await readSettlement(apiUrl, txHash, { signal });
  }
  yield latest;
  while (latest.status === 'pending') {
    latest = await readSettlement(apiUrl, txHash, { waitSeconds: LONG_POLL_SECONDS, signal });
    yield latest;
  }
}

/** One step of a settlement, with its time where the record has one. */
export type ProgressStep = { readonly what: string; readonly detail: string; readonly atMs?: number };

/**
 * What is new in a settlement since the last look. It can pass several states between two looks: the record keeps their
 * times, so that no step is missed.
 */
export function describeProgress(
  before: SettlementStatus | undefined,
  now: SettlementStatus,
): ProgressStep[] {
  const steps: ProgressStep[] = [];
  const { block, confirmations, status } = now;
  if (now.queuedAt !== null && before === undefined)
    steps.push({ what: 'queue', detail: 'claimed in Redis and enqueued', atMs: Date.parse(now.queuedAt) });
  if (now.submittedAt !== null && before?.submittedAt !== now.submittedAt) {
    const detail = `accepted by the node, attempt ${now.attempts}`;
    steps.push({ what: 'submission', detail, atMs: Date.parse(now.submittedAt) });
  }
  if (block !== null && before?.block?.hash !== block.hash)
    steps.push({ what: 'block', detail: `${block.height}, slot ${block.slot}, ${shorten(block.hash)}` });
  if (confirmations !== null && block !== null && before?.confirmations !== confirmations)
    steps.push({ what: 'confirmations', detail: `${confirmations} of ${now.required}` });
  if (status !== 'pending' && before?.status !== status) {
    const why = now.errorReason === null ? '' : `: ${now.errorReason} (${now.errorMessage})`;
    steps.push({ what: 'settlement', detail: `${status}${why}` });
  }
  return steps;
}
