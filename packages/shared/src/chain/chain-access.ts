import type { Network, OutputFacts, OutRef } from '@x402-facilitator/cardano';
import { cacheOutputs } from './cached-outputs.js';
import type { Clock } from './clock.js';
import { joinLookups } from './joined-lookups.js';
import { createNetworkFactsCache, type NetworkFactsCache } from './network-facts-cache.js';
import type { ChainProvider } from './provider.js';
import { readOutputFacts } from './read-output-facts.js';
import { createTipFreshness } from './tip-freshness.js';

export type ChainAccessOptions = {
  readonly provider: ChainProvider;
  readonly clock: Clock;
  /** `chain.cache.utxoTtlSeconds`: how stale an "unspent" may be where a reader does not ask for fresh facts. */
  readonly utxoTtlSeconds: number;
  /** See `createTipFreshness`. */
  readonly maxTipAgeMs?: number | undefined;
  /** Called once per lookup in the cache of outputs. */
  readonly onCacheLookup?:
    | ((lookup: { readonly cache: 'outputs'; readonly result: 'hit' | 'miss' }) => void)
    | undefined;
};

/** What a tier needs of one network. */
export type ChainAccess = {
  readonly network: Network;
  /** Uncached; identical reads under way are joined. */
  readonly provider: ChainProvider;
  readonly facts: NetworkFactsCache;
  /** See `readOutputFacts`. With `fresh` nothing comes from a cache. */
  readOutputs(refs: readonly OutRef[], options: { readonly fresh: boolean }): Promise<OutputFacts>;
};

/** Puts the layers around a provider in their order. */
export function createChainAccess(options: ChainAccessOptions): ChainAccess {
  const { clock, onCacheLookup } = options;
  const provider = joinLookups(options.provider);
  const facts = createNetworkFactsCache(provider, { clock });
  const cached = cacheOutputs(provider, {
    ttlMs: options.utxoTtlSeconds * 1000,
    clock,
    onLookup: (result) => onCacheLookup?.({ cache: 'outputs', result }),
  });
  const tipFreshness = createTipFreshness(provider, {
    clock,
    maxTipAgeMs: options.maxTipAgeMs,
    timeline: async () => (await facts.get()).timeline,
  });
  return {
    network: provider.network,
    provider,
    facts,
    readOutputs: (refs, { fresh }) => readOutputFacts(fresh ? provider : cached, refs, { tipFreshness }),
  };
}
