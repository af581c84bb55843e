import { outRefKey } from '../../../../ledger/primitives/out-ref.js';
import { defineRule, PASSED } from '../../facts/rule.js';
import type { SponsoredInputKnown, SponsorshipTransactionFacts } from './facts.js';

const CODE = 'invalid_exact_cardano_payload_sponsorship_mismatch';

export const reservedInput = defineRule({
  name: 'the transaction spends the reserved output, and its nonce is another',
  codes: [CODE],
  source: 'the nonce is the payer’s: it says whose payment it is',
  check({ transaction, nonce, sponsored }: SponsorshipTransactionFacts & SponsoredInputKnown, refuse) {
    const reserved = outRefKey(sponsored.outRef);
    if (outRefKey(nonce) === reserved)
      return refuse(CODE, `nonce: expected an output of the payer, found the reserved ${reserved}`);
    if (transaction.inputs.some((input) => outRefKey(input) === reserved)) return PASSED;
    return refuse(CODE, `transaction: expected the reserved output ${reserved} among the inputs, found none`);
  },
});
