import { invalidSigners } from '../../../ledger/phase-1/signatures.js';
import type { TransactionFacts, TransactionKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const signatures = defineRule({
  name: 'every signature is valid over the body’s own bytes',
  codes: ['invalid_exact_cardano_payload_invalid_signature'],
  source: 'ledger: InvalidWitnessesUTXOW',
  check(
    {
      transaction,
      invalidSigners: invalid = invalidSigners(transaction),
    }: Pick<TransactionFacts, 'transaction' | 'invalidSigners'>,
    refuse,
  ) {
    if (invalid.length === 0) return PASSED;
    const expected = `every signature to be valid over transaction ${transaction.id}`;
    const found = `invalid ones by key ${invalid.slice(0, 3).join(', ')}`;
    return refuse(
      'invalid_exact_cardano_payload_invalid_signature',
      `transaction: expected ${expected}, found ${found}`,
    );
  },
});

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
