/**
 * Payment channels (`batch-settlement`): what sellers and buyers build, sign and check. Pure, as all of this package is.
 */
export {
  type Channel,
  type ChannelState,
  capacityOf,
  channelFrom,
  channelStateOf,
  continuationOf,
  readChannel,
  subbedOf,
} from './schemes/batch-settlement/channel/channel.js';
export { payableOf, reserveOf } from './schemes/batch-settlement/channel/reserve.js';
export type { ChannelConstants, ChannelDatum, Stage } from './schemes/batch-settlement/codec/datum.js';
export { channelIdOf, iouMessage, isSignedIou, MAX_IOU } from './schemes/batch-settlement/codec/iou.js';
export { STATE_UNAVAILABLE } from './schemes/batch-settlement/facts/codes.js';
export type { BuyerFacts } from './schemes/batch-settlement/facts/facts.js';
export { MAX_WITHDRAW_DELAY, MIN_WITHDRAW_DELAY, SCHEME } from './schemes/batch-settlement/facts/terms.js';
export { readBuyer } from './schemes/batch-settlement/steps/read-request.js';
export {
  type BuildFailure,
  buildClaim,
  buildClose,
  buildElapse,
  buildEnd,
  buildOpening,
  buildRefund,
  buildTopUp,
  type ChannelAfter,
  type ChannelTransaction,
  type ClaimedChannel,
  type ClaimPlan,
  type ClosePlan,
  type ConsumerPlan,
  type OpeningPlan,
  type RefundPlan,
  type ScriptContext,
  type TopUpPlan,
  type TransactionContext,
  type ValidatorSource,
  validatorOf,
} from './schemes/batch-settlement/transactions/index.js';
