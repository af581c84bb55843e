import type { TransactionFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const feeMaximum = defineRule({
  name: 'the fee is within this deployment’s limit',
  codes: ['invalid_exact_cardano_payload_fee_above_maximum'],
  source: 'this deployment: chain.verification.feeMaxLovelace',
  check({ transaction, policy }: TransactionFacts, refuse) {
    if (transaction.fee <= policy.feeMaxLovelace) return PASSED;
    const message = `transaction: expected a fee of at most ${policy.feeMaxLovelace} lovelace, found ${transaction.fee}`;
    return refuse('invalid_exact_cardano_payload_fee_above_maximum', message);
  },
});
