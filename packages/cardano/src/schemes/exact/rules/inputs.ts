import { inputsFault } from '../../output-facts.js';
import type { ChainFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const inputsAvailable = defineRule({
  name: 'every input, reference input and collateral input exists and is unspent',
  codes: [
    'invalid_exact_cardano_payload_input_not_available',
    'exact_cardano_facilitator_chain_lookup_failed',
  ],
  source: 'scheme: verification rule 5; ledger: BadInputsUTxO',
  check({ outputs, transaction }: ChainFacts, refuse) {
    const fault = inputsFault(outputs, transaction);
    if (fault === undefined) return PASSED;
    const code =
      fault.kind === 'gone'
        ? 'invalid_exact_cardano_payload_input_not_available'
        : 'exact_cardano_facilitator_chain_lookup_failed';
    return refuse(code, fault.message);
  },
});

export const inputReserved = defineRule({
  name: 'no input is held by another payment in flight here',
  codes: ['invalid_exact_cardano_payload_input_reserved'],
  source: 'this deployment: claims (docs/settlement.md)',
  check({ reservedInput, transaction }: ChainFacts, refuse) {
    // A hold never blocks its own transaction.
    if (reservedInput === undefined || reservedInput.heldBy === transaction.id) return PASSED;
    const { input, heldBy } = reservedInput;
    const message = `transaction: expected the input ${input} to be free, found it held by the payment ${heldBy} in flight`;
    return refuse('invalid_exact_cardano_payload_input_reserved', message);
  },
});
