import type { Journal, SubmitQueue } from '@x402-facilitator/journal';
import { formatTraceparent, type Tracing } from '@x402-facilitator/shared/telemetry';
import type { AroundStage } from '@x402-facilitator/shared/verification';

/** Each stage of a verification as a span. */
export function traceStages(tracing: Tracing | undefined): AroundStage | undefined {
  return tracing === undefined ? undefined : (stage, run) => tracing.inSpan(`verify ${stage}`, {}, run);
}

/** A journal whose claims are spans. */
export function traceClaims<Traced extends Pick<Journal, 'claim'>>(
  journal: Traced,
  tracing: Tracing | undefined,
): Traced {
  if (tracing === undefined) return journal;
  return {
    ...journal,
    claim: (claim) =>
      tracing.inSpan('claim', { attributes: attributesOf(claim) }, () => journal.claim(claim)),
  };
}

/** Enqueues in a span that the worker's work is part of: the job carries it. */
export function traceEnqueue(
  enqueue: SubmitQueue['enqueue'],
  tracing: Tracing | undefined,
): SubmitQueue['enqueue'] {
  if (tracing === undefined) return enqueue;
  return (job) =>
    tracing.inSpan('enqueue submission', { kind: 'producer', attributes: attributesOf(job) }, (position) =>
      enqueue({ ...job, traceparent: formatTraceparent(position) }),
    );
}

function attributesOf({ network, txHash }: { readonly network: string; readonly txHash: string }) {
  return { 'x402.network': network, 'x402.transaction': txHash };
}
