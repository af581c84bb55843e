/** Payments below a cent through channels. Its transactions run the validator before they are signed, in browsers too. */
export { BatchSettlementCardanoClient } from './batch-settlement-client.js';
export type { Left } from './exit.js';
export { ChannelInDoubtError } from './pay.js';
export {
  type ChannelRecord,
  type ChannelStore,
  channelRecordSchema,
  memoryChannelStore,
} from './record.js';
export type { Refunded } from './refund.js';
export type { ChannelOptions } from './settings.js';
