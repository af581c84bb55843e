export { buildPayment, type SignedPayment } from './build-payment.js';
export { buildSponsoredPayment } from './build-sponsored-payment.js';
export { type PayerEnvironment, readEnvironment } from './environment.js';
export { ExactCardanoClient } from './exact-cardano-client.js';
export {
  askForSponsorship,
  FEE_SPONSORSHIP,
  type FeeSponsorship,
  sponsorshipUrlOf,
} from './fee-sponsorship.js';
export { createInputReservations, type InputReservations } from './input-reservations.js';
export { createPayer, type PaidResponse, type Payer, type PayerOptions, type PaymentStep } from './payer.js';
export {
  blockfrost,
  type CardanoNetwork,
  type CardanoWallet,
  openWallet,
  type WalletOptions,
} from './wallet.js';
