import { outRefKey, parseOutRef } from '../../../ledger/primitives/out-ref.js';
import { ok, type Result } from '../../../result.js';
import { factOf, unavailable } from '../../output-facts.js';
import { quote } from '../../quote.js';
import type { Refusal } from '../../refusal.js';
import type { ChainFacts, NonceKnown, PayerKnown, PayloadKnown, TransactionFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const nonce = defineRule({
  name: 'the nonce is an output reference',
  codes: ['invalid_exact_cardano_payload_nonce_invalid'],
  source: 'scheme: verification rule 5',
  check({ nonceText }: PayloadKnown, refuse): Result<NonceKnown, Refusal> {
    const reference = parseOutRef(nonceText);
    if (reference !== undefined) return ok({ nonce: reference });
    const expected = '64 hex characters, "#" and an index from 0 to 65535';
    const message = `paymentPayload.payload.nonce: expected ${expected}, found ${quote(nonceText)}`;
    return refuse('invalid_exact_cardano_payload_nonce_invalid', message);
  },
});

export const nonceInInputs = defineRule({
  name: 'the transaction spends the nonce',
  codes: ['invalid_exact_cardano_payload_nonce_not_in_inputs'],
  source: 'scheme: verification rule 5',
  check({ transaction, nonce }: TransactionFacts, refuse) {
    const isSpent = transaction.inputs.some(
      ({ txHash, index }) => txHash === nonce.txHash && index === nonce.index,
    );
    if (isSpent) return PASSED;
    const expected = outRefKey(nonce);
    const inputs = transaction.inputs.map(outRefKey);
    const found = `${inputs.slice(0, 3).join(', ')}${inputs.length > 3 ? ` and ${inputs.length - 3} more` : ''}`;
    const message = `transaction: expected the nonce ${expected} among the inputs, found ${found}`;
    return refuse('invalid_exact_cardano_payload_nonce_not_in_inputs', message);
  },
});

export const nonceOnChain = defineRule({
  name: 'the nonce exists and is unspent',
  codes: [
    'invalid_exact_cardano_payload_nonce_not_on_chain',
    'exact_cardano_facilitator_chain_lookup_failed',
  ],
  source: 'scheme: verification rule 5',
  check({ outputs, nonce }: ChainFacts, refuse): Result<PayerKnown, Refusal> {
    const fact = factOf(outputs, nonce);
    const name = `the nonce ${outRefKey(nonce)}`;
    switch (fact.status) {
      case 'unspent':
        return ok({ payer: fact.output.address });
      case 'unknown':
        return refuse(
          'exact_cardano_facilitator_chain_lookup_failed',
          `could not look up ${name}: ${fact.reason}`,
        );
      default:
        return refuse('invalid_exact_cardano_payload_nonce_not_on_chain', unavailable(name, fact));
    }
  },
});
