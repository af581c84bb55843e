export type { Clock } from './clock.js';
export { decorateProvider, type ProviderOperations } from './operations.js';
export {
  type ChainBlock,
  type ChainProvider,
  ChainProviderError,
  type ClosableChainProvider,
  type ProviderCallOutcome,
  type ProviderOutput,
  type SubmitOutcome,
  type TransactionEvidence,
  type UnspentOutput,
} from './provider.js';
