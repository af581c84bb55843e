/** What sellers and buyers of channels need of the scheme `batch-settlement`. */
export { channelIdOf, iouMessage, isSignedIou, MAX_IOU } from './schemes/batch-settlement/codec/iou.js';
export { STATE_UNAVAILABLE } from './schemes/batch-settlement/facts/codes.js';
export type { BuyerFacts } from './schemes/batch-settlement/facts/facts.js';
export { MAX_WITHDRAW_DELAY, MIN_WITHDRAW_DELAY, SCHEME } from './schemes/batch-settlement/facts/terms.js';
export { readBuyer } from './schemes/batch-settlement/steps/read-request.js';
