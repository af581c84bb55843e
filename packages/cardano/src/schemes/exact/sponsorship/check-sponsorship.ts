import { isRefusal, type Rule, Walk } from '../../rule.js';
import type { SponsorshipUse } from '../../sponsorship.js';
import type { Refusal } from '../facts/terms.js';
import { change } from './rules/change.js';
import type { SponsorshipChainFacts, SponsorshipTransactionFacts } from './rules/facts.js';
import { feeAndSize } from './rules/fee-and-size.js';
import { method } from './rules/method.js';
import { otherInputs } from './rules/other-inputs.js';
import { ownOutput } from './rules/own-output.js';
import { payer } from './rules/payer.js';
import { plain } from './rules/plain.js';
import { reservation } from './rules/reservation.js';
import { reservedInput } from './rules/reserved-input.js';

/** The rules of the extension, in the order in which sponsored payments meet them (docs/sponsorship.md). */
export const SPONSORSHIP_RULES: readonly Rule[] = [
  method,
  reservation,
  plain,
  reservedInput,
  feeAndSize,
  change,
  ownOutput,
  otherInputs,
  payer,
];

/** Rule 1: runs with the rules that need nothing but the request. */
export const sponsorshipRequest = method;

/** Rules 2 to 6: run when the scheme's rules 11 to 21 have passed, before the chain is read. */
export function checkSponsorship(facts: SponsorshipTransactionFacts): Omit<SponsorshipUse, 'id'> | Refusal {
  const result = new Walk(facts)
    .through(reservation)
    .through(plain)
    .through(reservedInput)
    .through(feeAndSize)
    .through(change)
    .end();
  if (isRefusal(result)) return result;
  const { sponsored, changeIndex, feeLovelace, lentLovelace, ledgerSize } = result;
  return { input: sponsored, changeIndex, feeLovelace, lentLovelace, ledgerSize };
}

/** Rules 7 to 9: run when the scheme's rules 22 to 27 have passed, before the ledger judges. */
export function checkSponsoredInputs(facts: SponsorshipChainFacts): Refusal | undefined {
  const result = new Walk(facts).through(ownOutput).through(otherInputs).through(payer).end();
  return isRefusal(result) ? result : undefined;
}
