export {
  type BlockfrostProviderOptions,
  createBlockfrostProvider,
} from './blockfrost/index.js';
export { type CachedOutputsOptions, cacheOutputs } from './cached-outputs.js';
export { type ChainAccess, type ChainAccessOptions, createChainAccess } from './chain-access.js';
export type { Clock } from './clock.js';
export { decorateProvider, type ProviderOperations } from './decorate-provider.js';
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
  type ChainPoint,
  type ChainProvider,
  ChainProviderError,
  type ClosableChainProvider,
  type ProviderCallOutcome,
  type ProviderOutput,
  type SubmitOutcome,
  type TransactionEvidence,
} from './provider.js';
export { type ReadOutputFactsOptions, readOutputFacts } from './read-output-facts.js';
export { createTipFreshness, type TipFreshness, type TipFreshnessOptions } from './tip-freshness.js';
