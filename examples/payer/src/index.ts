export { checkPayment, type ExpectedPayment } from './check-payment.js';
export { type PayerEnvironment, readEnvironment } from './environment.js';
export { ExactCardanoClient, type ExactCardanoClientOptions } from './exact-cardano-client.js';
export {
  askForSponsorship,
  FEE_SPONSORSHIP,
  type FeeSponsorship,
  sponsorshipUrlOf,
} from './fee-sponsorship.js';
export { createInputReservations, type InputReservations } from './input-reservations.js';
export { NotEnoughAdaError } from './not-enough-ada-error.js';
export { createPayer, type PaidResponse, type Payer, type PayerOptions, type PaymentStep } from './payer.js';
export { RefusedPaymentError } from './refused-payment-error.js';
export type { SignedPayment } from './sign-payment.js';
export { type SpendLimits, spendLimitsOf } from './spend-limits.js';
export {
  blockfrost,
  type CardanoNetwork,
  type CardanoWallet,
  openWallet,
  type SigningTerms,
  type WalletOptions,
} from './wallet.js';
