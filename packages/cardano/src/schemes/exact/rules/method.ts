import { ok, type Result } from '../../../result.js';
import { quote } from '../../quote.js';
import type { Refusal } from '../../refusal.js';
import type { RequestFacts } from '../facts/facts.js';
import { defineRule } from '../facts/rule.js';
import type { MethodKnown } from '../facts/transfer-method.js';
import { TRANSFER_METHOD_NAMES, transferMethodOf } from '../methods/index.js';

const EXPECTED = TRANSFER_METHOD_NAMES.map((name) => `"${name}"`).join(', ');

export const method = defineRule({
  name: 'the asset transfer method is supported',
  codes: ['unsupported_scheme'],
  source: 'scheme: "Summary"',
  check({ request }: RequestFacts, refuse): Result<MethodKnown, Refusal> {
    const { paymentRequirements } = request;
    const methodRules = transferMethodOf(paymentRequirements);
    if (methodRules !== undefined) return ok({ method: methodRules.method, methodRules });
    const found = quote(paymentRequirements.extra?.assetTransferMethod);
    const path = 'paymentRequirements.extra.assetTransferMethod';
    return refuse('unsupported_scheme', `${path}: expected ${EXPECTED} or nothing, found ${found}`);
  },
});
