export { CHANNEL_VALIDATOR } from '../channel-validator/validator.js';
export { CASES, type Case } from '../conformance/cases.js';
export { type ChannelCase, KINDS as CHANNEL_KINDS } from '../conformance/channels/case.js';
export { CHANNEL_CASES } from '../conformance/channels/cases.js';
export * as rules from '../conformance/rules.js';
export { PHASE_1_CASES } from '../ledger/phase-1/cases.js';
export { VAN_ROSSEM_COST_MODELS } from '../ledger/phase-2/support/cost-models.js';
export { FEE_SPONSOR_CASES } from '../schemes/exact/fee-sponsor/cases.js';
export { isSteered, SPONSORSHIP_CASES } from '../schemes/exact/sponsorship/cases.js';
export { bootstrapWitness, byronAddressOf } from './byron.js';
export * as cbor from './cbor-writer.js';
export {
  CHANNEL_FEE,
  type ChannelDraft,
  NOW_MS as CHANNEL_NOW_MS,
  requestOf as channelRequestOf,
  written as writtenChannel,
} from './channels/draft.js';
export * as channels from './channels/drafts.js';
export { outputSpec as channelOutputSpec } from './channels/outputs.js';
export { CHANNEL_TOKEN, CONSUMER, PROVIDER } from './channels/parties.js';
export { collectGarbage } from './collect-garbage.js';
export { cpuMsOf } from './cpu-ms-of.js';
export { flatProgram, type Term } from './flat.js';
export { DEAR_SCRIPT, HOSTILE_SCRIPTS, spending } from './hostile-scripts.js';
export * from './internals.js';
export {
  inputOf,
  integrityHash,
  type LedgerDraft,
  type PlutusName,
  PROGRAMS,
  plainDraft,
  plutusDraft,
  scriptOf,
  type TestScript,
  unspentOutput,
} from './ledger-draft.js';
export {
  commitmentOf,
  jcsPart,
  LOCK_PRICE,
  type MasumiChanges,
  masumiPaymentOn,
  orderOn,
  SELLER,
} from './masumi.js';
export { moneyWorld } from './money-world.js';
export { PREVIEW } from './network.js';
export {
  type OfferedChanges,
  type OfferedPayment,
  offeredOutputs,
  offeredPayment,
  SPONSOR,
  sponsorWitnesses,
  withSponsorWitnesses,
} from './offered-payment.js';
export { SPONSORED_PRICE, TOKEN } from './payer-without-ada.js';
export { MERCHANT, PAYER, type PaymentChanges, PRICE, paymentOn } from './payment.js';
export { ALWAYS_SUCCEEDS } from './plutus.js';
export {
  FACILITATOR,
  POOL_LOVELACE,
  type SponsoredChanges,
  type SponsoredPayment,
  sponsoredPayment,
} from './sponsored-payment.js';
export { call, LOOP, t } from './terms.js';
export { MINTER, TOKEN_SCRIPT } from './tokens.js';
export {
  buildTransaction,
  multiAssetCbor,
  type OutputSpec,
  outRefCbor,
  type TransactionSpec,
} from './transaction-builder.js';
export { faultOf, transactionOf, transactionRequestOf, unwrap } from './unwrap.js';
export { addressBytes, addressText, type Wallet, walletOf } from './wallet.js';
export { type Funds, MemoryWorld, POLICY, type SponsoringWorld, txHash, type World } from './world.js';
