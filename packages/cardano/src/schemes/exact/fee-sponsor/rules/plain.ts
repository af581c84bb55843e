import { outRefKey } from '../../../../ledger/primitives/out-ref.js';
import { defineRule, PASSED } from '../../facts/rule.js';
import { surplusOf } from '../../facts/surplus.js';
import type { OfferTransactionFacts } from './facts.js';

const CODE = 'fee_sponsor_refused';

export const plain = defineRule({
  name: 'it is inputs, outputs, a fee and a validity interval, and its nonce is not the seller’s',
  codes: [CODE],
  source:
    'draft: S3, "The transaction the client builds". The seller’s signature covers the whole body, and one sponsor is enough',
  check({ transaction, nonce, offer, sponsorshipId }: OfferTransactionFacts, refuse) {
    const surplus = surplusOf(transaction);
    if (surplus.length > 0)
      return refuse(CODE, `transaction: expected a plain payment, found ${surplus.join(', ')}`);
    const offered = outRefKey(offer.input);
    if (outRefKey(nonce) === offered)
      return refuse(CODE, `nonce: expected an output of the payer, found the offered ${offered}`);
    if (sponsorshipId === undefined) return PASSED;
    return refuse(CODE, 'extensions: expected one sponsor, found a reservation beside the offer');
  },
});
