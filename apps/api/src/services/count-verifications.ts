import type { VerificationMetrics } from '@x402-facilitator/shared/telemetry';
import type { Verifier } from '@x402-facilitator/shared/verification';
import type { VerifyPayment } from './verify-payment.js';

type Count = Pick<VerificationMetrics, 'answered'>;

/** Counts what `/verify` says of each payment: the verdict, and what the journal has against it. */
export function countAnswers(verifyPayment: VerifyPayment, metrics: Count): VerifyPayment {
  return async (request, log) => {
    const answer = await verifyPayment(request, log);
    metrics.answered(request, answer.isValid ? undefined : answer.invalidReason);
    return answer;
  };
}

/** Counts the verdicts that `/settle` goes by. */
export function countVerdicts(verifier: Verifier, metrics: Count): Verifier {
  return async (request, options) => {
    const judgement = await verifier(request, options);
    const { verdict } = judgement;
    metrics.answered(request, verdict.ok ? undefined : verdict.error.code);
    return judgement;
  };
}
