import { numberRules, stage } from '../../stage.js';
import { feeAndEnd, returned, room } from './rules/amounts.js';
import type {
  OfferChainFacts,
  OfferEncodingFacts,
  OfferRequestFacts,
  OfferTransactionFacts,
} from './rules/facts.js';
import { offer } from './rules/offer.js';
import { offeredOutput, otherInputs } from './rules/outputs.js';
import { plain } from './rules/plain.js';
import { merged, witness } from './rules/witness.js';

/** Judged when the scheme's rules on the request have passed. */
export const feeSponsorRequestStage = stage<OfferRequestFacts>().rule(offer).rule(witness);

/** Judged when the transaction is decoded: every later rule sees the completed one. */
export const feeSponsorEncodingStage = stage<OfferEncodingFacts>().rule(merged);

/** Judged of a transaction that spends the offered output, when the scheme's rules on the transaction have passed. */
export const feeSponsorTransactionStage = stage<OfferTransactionFacts>()
  .rule(plain)
  .rule(feeAndEnd)
  .rule(returned)
  .rule(room);

/** Judged of it when the scheme's rules on the outputs have passed, before the ledger judges. */
export const feeSponsorOutputsStage = stage<OfferChainFacts>().rule(offeredOutput).rule(otherInputs);

/** The rules of an offer, numbered in the order in which payments meet them (docs/sponsorship.md). */
export const FEE_SPONSOR_RULES = numberRules(
  feeSponsorRequestStage,
  feeSponsorEncodingStage,
  feeSponsorTransactionStage,
  feeSponsorOutputsStage,
);
