import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { ChainFacts, PayerKnown } from '../facts/facts.js';
import { factOf, unavailable } from '../facts/output-facts.js';
import { defineRule } from '../facts/rule.js';

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
