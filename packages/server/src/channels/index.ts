export {
  type BatchSettlementCardanoOptions,
  BatchSettlementCardanoScheme,
  type ChannelPayment,
} from './batch-settlement-scheme.js';
export { type ChannelEvent, type ChannelEventCounts, describeEvent } from './events.js';
export { createMemoryChannelStore } from './memory-store.js';
export type { RefundKeys } from './refunds.js';
export type {
  ChannelConfig,
  ChannelIdentity,
  ChannelRecord,
  ChannelStore,
  ChannelView,
  Commit,
  Committed,
  KeptAnswer,
  Reservation,
  Reserved,
  SignedIou,
  SignedRefund,
} from './store.js';
export type { ChannelTerms } from './terms.js';
