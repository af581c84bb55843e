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
export {
  type BuildFailure,
  type ChannelAfter,
  type ChannelTransaction,
  describeFailure,
  type ScriptContext,
  type TransactionContext,
  type ValidatorSource,
} from './transaction.js';
export { validatorOf } from './validator.js';
