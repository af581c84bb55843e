import type { TransactionKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const plainPayment = defineRule({
  name: 'the transaction moves no value besides its inputs, outputs and fee',
  codes: ['invalid_exact_cardano_payload_phase1_invalid'],
  source: 'scheme: verification rule 6',
  check({ transaction }: TransactionKnown, refuse) {
    const { forbiddenFields } = transaction;
    if (forbiddenFields.length === 0) return PASSED;
    // A declared treasury value moves nothing, but no provider can confirm it.
    const expected = 'a body without mint, withdrawals, certificates, governance, donation or treasury value';
    const message = `transaction: expected ${expected}, found ${forbiddenFields.join(', ')}`;
    return refuse('invalid_exact_cardano_payload_phase1_invalid', message);
  },
});
