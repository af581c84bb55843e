import { minimumLovelace } from '../../../ledger/phase-1/min-utxo.js';
import type { ChainFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const minUtxo = defineRule({
  name: 'the paying output holds min-UTxO for its own size',
  codes: ['invalid_exact_cardano_payload_min_utxo_insufficient'],
  source: 'scheme: verification rule 8; CIP-55',
  check({ payingOutput, networkFacts }: ChainFacts, refuse) {
    const minimum = minimumLovelace(payingOutput, networkFacts.parameters);
    if (payingOutput.lovelace >= minimum) return PASSED;
    const size = `${payingOutput.bytes.length} bytes`;
    const expected = `at least ${minimum} lovelace in the paying output of ${size}`;
    const message = `transaction: expected ${expected}, found ${payingOutput.lovelace}`;
    return refuse('invalid_exact_cardano_payload_min_utxo_insufficient', message);
  },
});
