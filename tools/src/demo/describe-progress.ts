import type { SettlementStatus } from './follow-settlement.js';
import { shorten } from './money.js';

/** One step of a settlement, and when it happened by the record's own clock where the record says so. */
export type ProgressStep = { readonly what: string; readonly detail: string; readonly atMs?: number };

/**
 * What is new in a settlement since it was last seen. A quick settlement passes several states between two looks; the record
 * keeps their times, so no step is missed and none is invented.
 */
export function describeProgress(
  before: SettlementStatus | undefined,
  now: SettlementStatus,
): ProgressStep[] {
  const steps: ProgressStep[] = [];
  const at = (iso: string) => ({ atMs: Date.parse(iso) });
  if (now.queuedAt !== null && before === undefined) {
    steps.push({ what: 'queue', detail: 'claimed in Redis and enqueued', ...at(now.queuedAt) });
  }
  if (now.submittedAt !== null && before?.submittedAt !== now.submittedAt) {
    steps.push({
      what: 'submission',
      detail: `accepted by the node, attempt ${now.attempts}`,
      ...at(now.submittedAt),
    });
  }
  if (now.block !== null && before?.block?.hash !== now.block.hash) {
    const { height, slot, hash } = now.block;
    steps.push({ what: 'block', detail: `${height}, slot ${slot}, ${shorten(hash)}` });
  }
  if (now.confirmations !== null && now.block !== null && before?.confirmations !== now.confirmations) {
    steps.push({ what: 'confirmations', detail: `${now.confirmations} of ${now.required}` });
  }
  if (now.status !== 'pending' && before?.status !== now.status) {
    const why = now.errorReason === null ? '' : `: ${now.errorReason} (${now.errorMessage})`;
    steps.push({ what: 'settlement', detail: `${now.status}${why}` });
  }
  return steps;
}
