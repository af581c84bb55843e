import { LOVELACE } from '../../../../ledger/primitives/asset.js';
import { ok, type Result } from '../../../../result.js';
import type { Refusal } from '../../../refusal.js';
import { defineRule } from '../../facts/rule.js';
import { readOffer } from '../offer.js';
import type { OfferKnown, OfferRequestFacts } from './facts.js';

const R = 'invalid_exact_cardano_requirements';

export const offer = defineRule({
  name: 'an offer of the seller is whole, and on a payment that can have one',
  codes: [R],
  source: 'draft: "PaymentRequired: the offer". In a price in ADA the seller’s own would count',
  check({ request, network, asset, method }: OfferRequestFacts, refuse): Result<OfferKnown, Refusal> {
    const { extra } = request.paymentRequirements;
    const read = readOffer({ network, extra });
    if (!read.ok) return refuse(R, `paymentRequirements.${read.error}`);
    const found = read.value;
    if (found === undefined) return ok({});
    const path = 'paymentRequirements.extra';
    if (extra?.areFeesSponsored !== true)
      return refuse(R, `${path}.areFeesSponsored: expected true beside feeSponsor, found something else`);
    if (method !== 'default')
      return refuse(R, `${path}.feeSponsor: expected the default transfer method, found ${method}`);
    if (asset === LOVELACE)
      return refuse(R, `${path}.feeSponsor: expected a price in a token, found lovelace`);
    return ok({ offer: found });
  },
});
