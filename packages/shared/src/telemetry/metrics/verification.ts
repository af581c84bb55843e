import {
  type Network,
  type PaymentRequest,
  parseNetwork,
  type SchemeRegistry,
} from '@x402-facilitator/cardano';
import { Counter, Histogram } from 'prom-client';
import type { StageTimes } from '../../verification/stage-times.js';
import type { MetricsRegistry } from './registry.js';

export type VerificationMetrics = {
  /** From now on shows the payments of a network that passed verification. */
  watch(network: Network): void;
  /** @param reason the code of a refusal; unset for a payment that is good. */
  answered(request: PaymentRequest, reason: string | undefined): void;
  timed(times: StageTimes): void;
  /** The allowance of a caller had no room for the look-ups of its payment. */
  lookupsRefused(countedBy: 'key' | 'address'): void;
};

/** From a rule that looks nothing up to a look-up that times out. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createVerificationMetrics(
  registry: MetricsRegistry,
  schemes: SchemeRegistry,
): VerificationMetrics {
  const reasons = new Set(schemes.allCodes);
  const registers = [registry];
  const verifications = new Counter({
    name: 'payment_verifications_total',
    help: 'Payments judged, by /verify and by /settle.',
    labelNames: ['network', 'method', 'outcome', 'reason'],
    registers,
  });
  const refused = new Counter({
    name: 'payment_lookups_refused_total',
    help: 'Payments that were not judged, because their caller had used up its look-ups at chain providers.',
    labelNames: ['caller'],
    registers,
  });
  for (const caller of ['key', 'address']) refused.inc({ caller }, 0);
  const duration = new Histogram({
    name: 'payment_verification_duration_seconds',
    help: 'Time that a verification spent in each stage that it reached.',
    labelNames: ['stage'],
    buckets: BUCKETS,
    registers,
  });
  return {
    watch(network) {
      // Prometheus sees an increase only in a series that already exists.
      for (const method of schemes.methods)
        verifications.inc({ network, method, outcome: 'valid', reason: 'none' }, 0);
    },
    answered({ paymentRequirements }, reason) {
      const { network, scheme } = paymentRequirements;
      verifications.inc({
        network: parseNetwork(network) ?? 'other',
        // Requirements are a stranger's text: the label is one that the scheme knows, or `other`.
        method: schemes.of(scheme).methodOf(paymentRequirements) ?? 'other',
        outcome: reason === undefined ? 'valid' : 'invalid',
        reason: reason === undefined ? 'none' : reasons.has(reason) ? reason : 'other',
      });
    },
    lookupsRefused(countedBy) {
      refused.inc({ caller: countedBy });
    },
    timed(times) {
      for (const [stage, ms] of Object.entries(times)) duration.observe({ stage }, ms / 1000);
    },
  };
}
