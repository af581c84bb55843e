import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { RequestFacts, TimeoutKnown } from '../facts/facts.js';
import { defineRule } from '../facts/rule.js';

export const timeout = defineRule({
  name: 'maxTimeoutSeconds is a positive integer within this deployment’s limit',
  codes: ['invalid_exact_cardano_requirements'],
  source: 'scheme: verification rule 7',
  check({ request, policy }: RequestFacts, refuse): Result<TimeoutKnown, Refusal> {
    const { maxTimeoutSeconds } = request.paymentRequirements;
    if (
      Number.isInteger(maxTimeoutSeconds) &&
      maxTimeoutSeconds >= 1 &&
      maxTimeoutSeconds <= policy.maxTimeoutSeconds
    ) {
      return ok({ maxTimeoutSeconds });
    }
    const expected = `an integer from 1 to ${policy.maxTimeoutSeconds}`;
    const message = `paymentRequirements.maxTimeoutSeconds: expected ${expected}, found ${maxTimeoutSeconds}`;
    return refuse('invalid_exact_cardano_requirements', message);
  },
});
