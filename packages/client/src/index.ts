/** For browsers and Node. What is of Node alone, a store in files and an encrypted key, is in `./node`. */
export type { Amounts, Network, NewOutput } from '@x402-facilitator/cardano/ledger';
export {
  blockfrost,
  type ChainReader,
  ChainUnreachableError,
  type CostParameters,
  type IncludedTransaction,
  koios,
  type ProviderOptions,
  type WalletOutput,
} from './chain/index.js';
export {
  type Cip30Wallet,
  cip30Keys,
  type Keys,
  keysOf,
  newSeedPhrase,
  type Secret,
  type Witness,
} from './keys/index.js';
export {
  type AssetLimits,
  type CardanoWallet,
  type CheckedPayment,
  checkPayment,
  type ExpectedPayment,
  type Lock,
  type LockContext,
  type MasumiMethod,
  NotEnoughAdaError,
  openWallet,
  parseAmount,
  type SignedPayment,
  type SigningTerms,
  type SpendLimits,
  type Spent,
  type WalletOptions,
} from './payment/index.js';
export {
  type Answer,
  type Bought,
  type Buyer,
  type BuyerOptions,
  type BuyingStep,
  createBuyer,
  ExactCardanoClient,
  type ExactCardanoClientOptions,
  memoryStore,
  type Outcome,
  PurchaseOpenError,
  type PurchaseRecord,
  type PurchaseStore,
} from './purchase/index.js';
export { RefusedPaymentError } from './refused-payment-error.js';
export {
  leastReturnable,
  type PaidOutput,
  type ReturnedPayment,
  type ReturnOrder,
  type SignedReturn,
  signReturn,
  type UnknownPayer,
  whoPaid,
} from './returns/index.js';
export {
  type BuildFailure,
  type BuiltTransaction,
  buildTransaction,
  type TransactionPlan,
} from './transaction/index.js';
