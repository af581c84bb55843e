import { unbalancedAssets } from '../../../ledger/phase-1/value-conserved.js';
import { unspentOutputs } from '../../output-facts.js';
import type { ChainFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const valueConserved = defineRule({
  name: 'inputs equal outputs and fee, in lovelace and every asset',
  codes: ['invalid_exact_cardano_payload_value_not_conserved'],
  source: 'scheme: verification rule 6; ledger: ValueNotConservedUTxO',
  check({ transaction, outputs }: ChainFacts, refuse) {
    const [failure] = unbalancedAssets({ transaction, outputs: unspentOutputs(outputs) });
    if (failure === undefined) return PASSED;
    return refuse('invalid_exact_cardano_payload_value_not_conserved', `transaction: ${failure.message}`);
  },
});
