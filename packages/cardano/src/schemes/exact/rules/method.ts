import { quote } from '../../quote.js';
import { defineRule } from '../../rule.js';
import type { MethodKnown, RequestFacts } from '../facts/facts.js';
import type { Refusal } from '../facts/terms.js';
import { TRANSFER_METHOD_NAMES, transferMethodOf } from '../methods/index.js';

const WHEN_UNNAMED = 'default';
const EXPECTED = TRANSFER_METHOD_NAMES.map((name) => `"${name}"`).join(', ');

export const method = defineRule({
  number: 6,
  name: 'the asset transfer method is supported',
  codes: ['unsupported_scheme'],
  source: 'scheme: "Summary"',
  check({ request }: RequestFacts, refuse): MethodKnown | Refusal {
    const given = request.paymentRequirements.extra?.assetTransferMethod;
    const methodRules = transferMethodOf(given === undefined ? WHEN_UNNAMED : given);
    if (methodRules !== undefined) return { method: methodRules.method, methodRules };
    const path = 'paymentRequirements.extra.assetTransferMethod';
    return refuse('unsupported_scheme', `${path}: expected ${EXPECTED} or nothing, found ${quote(given)}`);
  },
});
