import { outRefKey } from '../../../../ledger/primitives/out-ref.js';
import { factOf } from '../../../output-facts.js';
import { foreignInput } from '../../facts/foreign-input.js';
import { defineRule, PASSED } from '../../facts/rule.js';
import { isOffered } from '../offer.js';
import type { OfferChainFacts } from './facts.js';

const CODE = 'fee_sponsor_refused';

export const offeredOutput = defineRule({
  name: 'the offered output is at the offered address and holds the offered lovelace alone',
  codes: [CODE],
  source: 'draft: C6. An offer is the seller’s word: the chain says what the output is',
  check({ offer, outputs }: OfferChainFacts, refuse) {
    const fact = factOf(outputs, offer.input);
    const output = fact.status === 'unspent' ? fact.output : undefined;
    if (output !== undefined && isOffered(output, offer)) return PASSED;
    const expected = `${outRefKey(offer.input)} to hold ${offer.lovelace} lovelace of ${offer.address.text} and nothing else`;
    const found = `${output?.lovelace ?? 'nothing'} at ${output?.address ?? 'no address'}`;
    return refuse(CODE, `feeSponsor: expected ${expected}, found ${found}`);
  },
});

export const otherInputs = defineRule({
  name: 'no other input is behind the offer’s key, and none belongs to a script',
  codes: [CODE],
  source: 'draft: S2, C6. The seller’s signature opens all that is behind its key; the payer’s may not',
  check({ transaction, outputs, offer }: OfferChainFacts, refuse) {
    const found = foreignInput(transaction, outputs, {
      lent: offer.input,
      owner: offer.address.payment.hash,
    });
    if (found === undefined) return PASSED;
    const expected = `the input ${found.input} to be behind a key of the payer`;
    const owner = found.kind === 'script' ? 'a script’s' : 'the offer’s own';
    return refuse(CODE, `transaction: expected ${expected}, found ${owner}`);
  },
});
