export {
  type Delivered,
  Delivery,
  type DeliveryAttempt,
  type DeliveryOptions,
  type PaidRequest,
} from './delivery.js';
export { createMemoryStore, type MemoryStoreOptions } from './memory-store.js';
export { lastingHeaders, type RecordedAnswer } from './recorded-answer.js';
export type { DeliveryStore, Opened, Purchase } from './store.js';
