export { type CardanoPaywallOptions, cardanoPaywall } from './cardano-paywall.js';
export type { Messages } from './messages/index.js';
export type { PaymentCosts } from './page-data.js';
