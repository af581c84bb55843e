export {
  type BuildFailure,
  type BuiltTransaction,
  buildTransaction,
  type TransactionPlan,
} from './build-transaction.js';
export { amountOf } from './value.js';
export { bytesOfAddress } from './write-transaction.js';
