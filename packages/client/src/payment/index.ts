export { type CheckedPayment, checkPayment, type ExpectedPayment } from './check-payment.js';
export { type Lock, type LockContext, type MasumiMethod, sellerIn } from './lock.js';
export { NotEnoughAdaError } from './not-enough-ada-error.js';
export type { ChannelOrder, ChannelSpend, SignedChannelTransaction } from './sign-channel.js';
export type { SignedPayment } from './sign-payment.js';
export {
  type AssetLimits,
  DAY_MS,
  type Loss,
  parseAmount,
  type SpendLimits,
  type Spent,
} from './spend-limits.js';
export {
  type CardanoWallet,
  type ChannelWallet,
  openWallet,
  type SigningTerms,
  type WalletOptions,
} from './wallet.js';
