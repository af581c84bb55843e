export type { FeeSponsorOffer } from './offer.js';
export type { OfferKnown, WitnessKnown } from './rules/facts.js';
export { awaitedSigner, spendsOffer } from './spends-offer.js';
export {
  FEE_SPONSOR_RULES,
  feeSponsorEncodingStage,
  feeSponsorOutputsStage,
  feeSponsorRequestStage,
  feeSponsorTransactionStage,
} from './stages.js';
