export { type FeeSponsorOffer, readOffer, writeOffer } from './offer.js';
export type { OfferKnown, WitnessKnown } from './rules/facts.js';
export { isOffered } from './rules/outputs.js';
export { awaitedSigner, spendsOffer } from './spends-offer.js';
export {
  FEE_SPONSOR_RULES,
  feeSponsorEncodingStage,
  feeSponsorOutputsStage,
  feeSponsorRequestStage,
  feeSponsorTransactionStage,
} from './stages.js';
