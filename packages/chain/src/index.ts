export { createBlockfrostProvider } from './blockfrost/index.js';
export { type NetworkFactsCache, parentsOf } from './cache/index.js';
export {
  type ChainAccess,
  type ChainObserver,
  type ConnectedChain,
  connectChain,
} from './connect/index.js';
export type { ChainHealth } from './failover/index.js';
export type { ProviderCall } from './http/index.js';
export {
  type ChainBlock,
  type ChainProvider,
  ChainProviderError,
  type Clock,
  decorateProvider,
  type ProviderCallOutcome,
  type ProviderOutput,
  type SubmitOutcome,
  type TransactionEvidence,
  type UnspentOutput,
} from './provider/index.js';
