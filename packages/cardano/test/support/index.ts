export { CASES, type Case } from '../conformance/cases.js';
export { isSteered, SPONSORSHIP_CASES } from '../schemes/exact/sponsorship/cases.js';
export * as cbor from './cbor-writer.js';
export { DEAR_SCRIPT, HOSTILE_SCRIPTS, spending } from './hostile-scripts.js';
export * from './internals.js';
export {
  commitmentOf,
  jcsPart,
  LOCK_PRICE,
  type MasumiChanges,
  masumiPaymentOn,
  SELLER,
} from './masumi.js';
export { PREVIEW } from './network.js';
export { MERCHANT, PAYER, type PaymentChanges, PRICE, paymentOn } from './payment.js';
export { ALWAYS_SUCCEEDS } from './plutus.js';
export {
  FACILITATOR,
  POOL_LOVELACE,
  SPONSORED_PRICE,
  type SponsoredChanges,
  type SponsoredPayment,
  sponsoredPayment,
  TOKEN,
} from './sponsored-payment.js';
export { MINTER, TOKEN_SCRIPT } from './tokens.js';
export {
  buildTransaction,
  multiAssetCbor,
  type OutputSpec,
  type TransactionSpec,
} from './transaction-builder.js';
export { faultOf, transactionOf, unwrap } from './unwrap.js';
export { type Wallet, walletOf } from './wallet.js';
export { type Funds, MemoryWorld, POLICY, type SponsoringWorld, txHash, type World } from './world.js';
