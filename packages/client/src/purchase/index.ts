export { type Answer, fetchAnswer, requiredIn } from './answer.js';
export {
  type Bought,
  type Buyer,
  type BuyerOptions,
  createBuyer,
  type Outcome,
  PurchaseOpenError,
} from './buyer.js';
export { ExactCardanoClient, type ExactCardanoClientOptions } from './exact-cardano-client.js';
export { type Fate, fateOf, fateOfTransaction } from './fate.js';
export type { PurchaseRecord } from './record.js';
export { purchaseRecordSchema } from './record-schema.js';
export type { BuyingStep } from './steps.js';
export { memoryRecords, memoryStore, oneAtATime, type PurchaseStore, type RecordStore } from './store.js';
