import { quote } from '../../quote.js';
import type { RequestFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';
import { SCHEME } from '../facts/terms.js';

export const scheme = defineRule({
  name: `the scheme is ${SCHEME} on both sides`,
  codes: ['unsupported_scheme'],
  source: 'x402 specification v2, section 5.2',
  check({ request }: RequestFacts, refuse) {
    const sides = {
      'paymentRequirements.scheme': request.paymentRequirements.scheme,
      'paymentPayload.accepted.scheme': request.paymentPayload.accepted.scheme,
    };
    for (const [path, found] of Object.entries(sides)) {
      if (found !== SCHEME)
        return refuse('unsupported_scheme', `${path}: expected "${SCHEME}", found ${quote(found)}`);
    }
    return PASSED;
  },
});
