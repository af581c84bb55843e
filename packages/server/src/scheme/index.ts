export type { PricedAsset } from './assets.js';
export {
  type CardanoPayment,
  ExactCardanoScheme,
  type ExactCardanoSchemeOptions,
  feeSponsorship,
  type ScriptTerms,
} from './exact-cardano-scheme.js';
export type { CardanoAmount } from './price.js';
