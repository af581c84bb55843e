import type { PaymentRequest } from '@x402-facilitator/cardano';
import type { ClaimOutcome, SettlementClaim, SubmitJob } from '@x402-facilitator/journal';
import {
  formatTraceparent,
  type Tracing,
  type VerificationMetrics,
} from '@x402-facilitator/shared/telemetry';
import type { AroundStage, VerifierOptions } from '@x402-facilitator/shared/verification';

/** Counts and traces verifications and claims. */
export type PaymentObserver = Pick<VerifierOptions, 'onTimed' | 'aroundStage'> & {
  /** @param reason the code of a refusal; unset for a payment that is good. */
  judged(request: PaymentRequest, reason: string | undefined): void;
  aroundClaim(claim: SettlementClaim, run: () => Promise<ClaimOutcome>): Promise<ClaimOutcome>;
  /** Enqueues the job with its position in the trace, which the worker continues. */
  aroundEnqueue(job: SubmitJob, run: (job: SubmitJob) => Promise<void>): Promise<void>;
};

/** @param observers.tracing unset: nothing is traced. */
export function createPaymentObserver({
  metrics,
  tracing,
}: {
  readonly metrics: Pick<VerificationMetrics, 'answered' | 'timed'>;
  readonly tracing: Tracing | undefined;
}): PaymentObserver {
  const counting = { judged: metrics.answered, onTimed: metrics.timed };
  if (tracing === undefined)
    return {
      ...counting,
      aroundClaim: (_claim, run) => run(),
      aroundEnqueue: (job, run) => run(job),
    };
  const aroundStage: AroundStage = (stage, run) => tracing.inSpan(`verify ${stage}`, {}, run);
  return {
    ...counting,
    aroundStage,
    aroundClaim: (claim, run) => tracing.inSpan('claim', { attributes: attributesOf(claim) }, run),
    aroundEnqueue: (job, run) =>
      tracing.inSpan('enqueue submission', { kind: 'producer', attributes: attributesOf(job) }, (position) =>
        run({ ...job, traceparent: formatTraceparent(position) }),
      ),
  };
}

function attributesOf({ network, txHash }: { readonly network: string; readonly txHash: string }) {
  return { 'x402.network': network, 'x402.transaction': txHash };
}
