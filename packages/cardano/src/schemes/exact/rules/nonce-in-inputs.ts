import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { TransactionFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const nonceInInputs = defineRule({
  name: 'the transaction spends the nonce',
  codes: ['invalid_exact_cardano_payload_nonce_not_in_inputs'],
  source: 'scheme: verification rule 5',
  check({ transaction, nonce }: TransactionFacts, refuse) {
    const expected = outRefKey(nonce);
    const inputs = transaction.inputs.map(outRefKey);
    if (inputs.includes(expected)) return PASSED;
    const found = `${inputs.slice(0, 3).join(', ')}${inputs.length > 3 ? ` and ${inputs.length - 3} more` : ''}`;
    const message = `transaction: expected the nonce ${expected} among the inputs, found ${found}`;
    return refuse('invalid_exact_cardano_payload_nonce_not_in_inputs', message);
  },
});
