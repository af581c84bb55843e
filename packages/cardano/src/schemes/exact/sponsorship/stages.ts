import { numberRules, stage } from '../../stage.js';
import { change } from './rules/change.js';
import type {
  SponsorshipChainFacts,
  SponsorshipRequestFacts,
  SponsorshipTransactionFacts,
} from './rules/facts.js';
import { feeAndSize } from './rules/fee-and-size.js';
import { method } from './rules/method.js';
import { otherInputs, ownOutput, payer } from './rules/outputs.js';
import { plain } from './rules/plain.js';
import { reservation, reservedInput } from './rules/reservation.js';

/** Judged when the scheme's rules on the request have passed. */
export const sponsorshipRequestStage = stage<SponsorshipRequestFacts>().rule(method);

/** Judged when the scheme's rules on the transaction have passed, before the chain is read. */
export const sponsorshipTransactionStage = stage<SponsorshipTransactionFacts>()
  .rule(reservation)
  .rule(plain)
  .rule(reservedInput)
  .rule(feeAndSize)
  .rule(change);

/** Judged when the scheme's rules on the outputs have passed, before the ledger judges. */
export const sponsorshipOutputsStage = stage<SponsorshipChainFacts>()
  .rule(ownOutput)
  .rule(otherInputs)
  .rule(payer);

/** The rules of the extension, numbered in the order in which sponsored payments meet them (docs/sponsorship.md). */
export const SPONSORSHIP_RULES = numberRules(
  sponsorshipRequestStage,
  sponsorshipTransactionStage,
  sponsorshipOutputsStage,
);
