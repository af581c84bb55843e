export { type Asking, askable, askedBy, type CallPayment, OURSELVES, type Priority } from './asking.js';
export {
  decorateProvider,
  operationsThrough,
  type ProviderOperations,
  type RunOperation,
} from './operations.js';
export { ChainProviderError, isOutage, type ProviderCallOutcome, wasNotSent } from './outcome.js';
export { parseJson } from './parse-json.js';
export type {
  ChainBlock,
  ChainProvider,
  Clock,
  ClosableChainProvider,
  ProviderOutput,
  SubmitOutcome,
  TransactionEvidence,
  UnspentOutput,
} from './provider.js';
