import type { TransactionKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const signed = defineRule({
  name: 'the transaction carries at least one witness',
  codes: ['invalid_exact_cardano_payload_unsigned'],
  source: 'scheme: "Protocol Flow", step 3',
  check({ transaction }: TransactionKnown, refuse) {
    const { vkeyWitnesses, bootstrapWitnesses, hasScriptWitnesses } = transaction;
    if (vkeyWitnesses.length + bootstrapWitnesses.length > 0 || hasScriptWitnesses) return PASSED;
    const message = 'transaction: expected at least one witness, found none: it was not signed';
    return refuse('invalid_exact_cardano_payload_unsigned', message);
  },
});
