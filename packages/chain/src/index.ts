export {
  type BlockfrostProviderOptions,
  createBlockfrostProvider,
} from './blockfrost/index.js';
export {
  type BudgetGrant,
  type BudgetLimits,
  createRequestBudget,
  limitsOf,
  type Priority,
  prioritized,
  type RequestBudget,
} from './budget/index.js';
export {
  type CachedOutputsOptions,
  cacheOutputs,
  createSharedOutputs,
  type OutputsCache,
  type SharedOutputs,
} from './cache/index.js';
export {
  type CacheLookup,
  type ChainAccess,
  type ChainAccessOptions,
  createChainAccess,
} from './chain-access.js';
export type { Clock } from './clock.js';
export {
  type ChainObserver,
  type ConnectChainOptions,
  type ConnectedChain,
  connectChain,
  type ProviderSettings,
  parentsOf,
} from './connect-chain.js';
export { decorateProvider, type ProviderOperations } from './decorate-provider.js';
export type {
  ChainHealth,
  ProviderHealth,
  ProviderState,
} from './failover/index.js';
export type { ProviderCall } from './http/index.js';
export { joinLookups } from './joined-lookups.js';
export { createKoiosProvider, type KoiosProviderOptions } from './koios/index.js';
export {
  createNetworkFactsCache,
  type NetworkFactsCache,
  type NetworkFactsCacheOptions,
} from './network-facts-cache.js';
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
export { type ReadOutputFactsOptions, readOutputFacts } from './read-output-facts.js';
export { soon } from './soon.js';
export { createTipFreshness, type TipFreshness, type TipFreshnessOptions } from './tip-freshness.js';
