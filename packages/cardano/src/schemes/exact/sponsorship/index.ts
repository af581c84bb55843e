export { assembleWitness } from '../../../ledger/transaction/assemble-witness.js';
export type { SponsoredCost, SponsoredInput, SponsorshipFact, SponsorshipUse } from '../../sponsorship.js';
export { SPONSORSHIP_RULES } from './check-sponsorship.js';
export { readSponsorshipExtension, SPONSORSHIP_EXTENSION, type SponsorshipExtension } from './extension.js';
export { minAdaOfPayment } from './paying-output-min-ada.js';
