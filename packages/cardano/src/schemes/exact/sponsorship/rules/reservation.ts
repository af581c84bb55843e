import { outRefKey } from '../../../../ledger/primitives/out-ref.js';
import { ok, type Result } from '../../../../result.js';
import type { Refusal } from '../../../refusal.js';
import { defineRule, PASSED } from '../../facts/rule.js';
import type { SponsoredInputKnown, SponsorshipTransactionFacts } from './facts.js';

const P = 'invalid_exact_cardano_payload';
const UNAVAILABLE = 'exact_cardano_facilitator_sponsorship_unavailable';

export const reservation = defineRule({
  name: 'the reservation exists, has not run out, and no other transaction has it',
  codes: [`${P}_sponsorship_unknown`, `${P}_sponsorship_expired`, `${P}_sponsorship_used`, UNAVAILABLE],
  source: 'one output for one payment: the first transaction that names it keeps it',
  check({ fact }: SponsorshipTransactionFacts, refuse): Result<SponsoredInputKnown, Refusal> {
    switch (fact.kind) {
      case 'reserved':
        return ok({ sponsored: fact.input });
      case 'unknown':
        return refuse(
          `${P}_sponsorship_unknown`,
          'sponsorship: expected a reservation of this facilitator, found none of that id',
        );
      case 'expired':
        return refuse(
          `${P}_sponsorship_expired`,
          'sponsorship: expected a reservation that holds, found one that ran out; ask for another',
        );
      case 'used':
        return refuse(
          `${P}_sponsorship_used`,
          `sponsorship: expected an unused reservation, found it used by transaction ${fact.by}`,
        );
      case 'unavailable':
        return refuse(UNAVAILABLE, `sponsorship: ${fact.reason}`);
    }
  },
});

export const reservedInput = defineRule({
  name: 'the transaction spends the reserved output, and its nonce is another',
  codes: [`${P}_sponsorship_mismatch`],
  source: 'the nonce is the payer’s: it says whose payment it is',
  check({ transaction, nonce, sponsored }: SponsorshipTransactionFacts & SponsoredInputKnown, refuse) {
    const reserved = outRefKey(sponsored.outRef);
    if (outRefKey(nonce) === reserved)
      return refuse(
        `${P}_sponsorship_mismatch`,
        `nonce: expected an output of the payer, found the reserved ${reserved}`,
      );
    if (transaction.inputs.some((input) => outRefKey(input) === reserved)) return PASSED;
    return refuse(
      `${P}_sponsorship_mismatch`,
      `transaction: expected the reserved output ${reserved} among the inputs, found none`,
    );
  },
});
