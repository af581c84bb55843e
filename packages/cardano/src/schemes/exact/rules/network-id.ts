import { foreignNetworkIds } from '../../../ledger/phase-1/network-ids.js';
import type { TransactionFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const networkId = defineRule({
  name: 'the body’s network id and every output’s address are this network’s',
  codes: ['invalid_exact_cardano_payload_network_id_mismatch'],
  source: 'scheme: verification rule 1; ledger: WrongNetworkInTxBody, WrongNetwork',
  check({ terms, transaction }: TransactionFacts, refuse) {
    const [failure] = foreignNetworkIds(transaction, terms.network);
    if (failure === undefined) return PASSED;
    return refuse('invalid_exact_cardano_payload_network_id_mismatch', `transaction: ${failure.message}`);
  },
});
