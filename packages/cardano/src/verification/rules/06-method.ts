import type { MethodKnown, RequestFacts } from '../facts.js';
import { quote } from '../quote.js';
import { defineRule } from '../rule.js';
import type { Refusal } from '../verdict.js';

/** `script` and `masumi` join with their own rules (29). */
const SUPPORTED_METHOD = 'default';

export const method = defineRule({
  number: 6,
  name: 'the asset transfer method is supported',
  codes: ['unsupported_scheme'],
  source: 'scheme: "Summary"',
  check({ request }: RequestFacts, refuse): MethodKnown | Refusal {
    const given = request.paymentRequirements.extra?.assetTransferMethod;
    if (given === undefined || given === SUPPORTED_METHOD) return { method: SUPPORTED_METHOD };
    const path = 'paymentRequirements.extra.assetTransferMethod';
    return refuse(
      'unsupported_scheme',
      `${path}: expected "${SUPPORTED_METHOD}" or nothing, found ${quote(given)}`,
    );
  },
});
