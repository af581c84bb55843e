import type { TransactionKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const phase2Flag = defineRule({
  name: 'the phase-2 flag is true',
  codes: ['invalid_exact_cardano_payload_phase2_invalid'],
  source: 'ledger: ValidationTagMismatch',
  check({ transaction }: TransactionKnown, refuse) {
    if (transaction.isValid) return PASSED;
    const message = 'transaction: expected the phase-2 flag true, found false: it would pay nothing';
    return refuse('invalid_exact_cardano_payload_phase2_invalid', message);
  },
});
