export {
  buildClose,
  buildElapse,
  buildEnd,
  buildOpening,
  buildRefund,
  buildTopUp,
  type ClosePlan,
  type ConsumerPlan,
  type OpeningPlan,
  type RefundPlan,
  type TopUpPlan,
} from './buyer.js';
export { buildClaim, type ClaimedChannel, type ClaimPlan } from './claim.js';
export type {
  BuildFailure,
  ChannelAfter,
  ChannelTransaction,
  ScriptContext,
  TransactionContext,
  ValidatorSource,
} from './transaction.js';
export { validatorOf } from './validator.js';
