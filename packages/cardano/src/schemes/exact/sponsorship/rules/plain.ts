import { defineRule, PASSED } from '../../facts/rule.js';
import { surplusOf } from '../../facts/surplus.js';
import type { SponsoredInputKnown, SponsorshipTransactionFacts } from './facts.js';

const CODE = 'invalid_exact_cardano_payload_sponsorship_not_plain';

export const plain = defineRule({
  name: 'the transaction is inputs, outputs, a fee and a validity interval, and pays someone else',
  codes: [CODE],
  source:
    'our signature covers the whole body: no collateral that could be taken, no signer or script that could use it elsewhere, no metadata that would look like a statement of ours',
  check({ transaction, payTo, sponsored }: SponsorshipTransactionFacts & SponsoredInputKnown, refuse) {
    const found = surplusOf(transaction);
    if (found.length > 0)
      return refuse(CODE, `transaction: expected a plain payment, found ${found.join(', ')}`);
    if (payTo.payment.hash !== sponsored.changeAddress.payment.hash) return PASSED;
    return refuse(CODE, 'paymentRequirements.payTo: expected another wallet than the facilitator’s own');
  },
});
