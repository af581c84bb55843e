/**
 * Payment channels: what sellers and buyers build, sign and check. Pure, as all of this package is.
 */
export { writeLoneWitness as writeProviderWitness } from './ledger/transaction/lone-witness.js';
export {
  type Channel,
  capacityOf,
  channelStep,
  continuationOf,
  readChannel,
  subbedOf,
} from './schemes/batch-settlement/channel/channel.js';
export { reserveOf } from './schemes/batch-settlement/channel/reserve.js';
export type { ChannelConstants, Stage } from './schemes/batch-settlement/codec/datum.js';
export { channelIdOf, iouMessage, MAX_IOU } from './schemes/batch-settlement/codec/iou.js';

export type { BuyerFacts } from './schemes/batch-settlement/facts/facts.js';
export { MAX_WITHDRAW_DELAY, MIN_WITHDRAW_DELAY, SCHEME } from './schemes/batch-settlement/facts/terms.js';
export { judgeRefund } from './schemes/batch-settlement/steps/judge-refund.js';
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
  type ChannelTransaction,
  type ClaimedChannel,
  describeFailure,
  type ValidatorSource,
  validatorOf,
} from './schemes/batch-settlement/transactions/index.js';
