export {
  type BuildFailure,
  type BuiltTransaction,
  buildTransaction,
  type TransactionPlan,
} from './build-transaction.js';
export { amountOf, quantityOf, subtract, sum, type Value } from './value.js';
export { encodeOutput, leastLovelaceOf, type Output } from './write-transaction.js';
