export { createBlockfrostProvider } from './blockfrost/index.js';
export {
  type LookupAllowance,
  type LookupCaller,
  LookupLimitError,
  type LookupsRefused,
} from './budget/index.js';
export { type NetworkFactsCache, parentsOf } from './cache/index.js';
export {
  type BudgetRefusal,
  type ChainAccess,
  type ChainHealth,
  type ChainObserver,
  type ConnectedChain,
  connectChain,
} from './connect/index.js';
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
export { timeByRedis } from './redis/index.js';
