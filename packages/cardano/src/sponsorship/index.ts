export { assembleWitness } from './assemble-witness.js';
export { SPONSORSHIP_RULES } from './check-sponsorship.js';
export { readSponsorshipExtension, SPONSORSHIP_EXTENSION, type SponsorshipExtension } from './extension.js';
export { minAdaOfPayment } from './paying-output-min-ada.js';
export type { SponsoredCost, SponsoredInput, SponsorshipFact, SponsorshipUse } from './sponsored-input.js';
