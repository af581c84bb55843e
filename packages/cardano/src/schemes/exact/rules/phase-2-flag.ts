import { defineRule, PASSED } from '../../rule.js';
import type { TransactionKnown } from '../facts/facts.js';

export const phase2Flag = defineRule({
  number: 17,
  name: 'the phase-2 flag is true',
  codes: ['invalid_exact_cardano_payload_phase2_invalid'],
  source: 'ledger: ValidationTagMismatch',
  check({ transaction }: TransactionKnown, refuse) {
    if (transaction.isValid) return PASSED;
    const message = 'transaction: expected the phase-2 flag true, found false: it would pay nobody';
    return refuse('invalid_exact_cardano_payload_phase2_invalid', message);
  },
});
