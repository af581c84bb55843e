import type { AssetFact, AssetId, Network, OutputFacts, OutRef, TxHash } from '@x402-facilitator/cardano';
import { cacheOutputs, type SharedOutputs } from './cache/index.js';
import type { Clock } from './clock.js';
import { joinLookups } from './joined-lookups.js';
import { createNetworkFactsCache, type NetworkFactsCache } from './network-facts-cache.js';
import type { ChainProvider } from './provider.js';
import { readAssetFact } from './read-asset-fact.js';
import { readOutputFacts } from './read-output-facts.js';
import { createTipFreshness } from './tip-freshness.js';

export type ChainAccessOptions = {
  readonly provider: ChainProvider;
  readonly clock: Clock;
  /** `chain.cache.utxoTtlSeconds`: how stale an "unspent" may be where a reader does not ask for fresh facts. */
  readonly utxoTtlSeconds: number;
  /** What all replicas hold together; the process's own memory only when unset. */
  readonly sharedOutputs?: SharedOutputs | undefined;
  /** See `createTipFreshness`. */
  readonly maxTipAgeMs?: number | undefined;
  /** Called once per lookup in a cache. */
  readonly onCacheLookup?: ((lookup: CacheLookup) => void) | undefined;
};

/** One lookup in one cache. */
export type CacheLookup = {
  readonly cache: 'outputs' | 'network_facts';
  readonly result: 'hit' | 'miss';
};

/** What a tier needs of one network. */
export type ChainAccess = {
  readonly network: Network;
  /** Uncached; identical reads under way are joined. */
  readonly provider: ChainProvider;
  readonly facts: NetworkFactsCache;
  /** See `readOutputFacts`. With `fresh` nothing comes from a cache. */
  readOutputs(refs: readonly OutRef[], options: { readonly fresh: boolean }): Promise<OutputFacts>;
  /** See `readAssetFact`; never from a cache. */
  readAsset(asset: AssetId): Promise<AssetFact>;
  /** An output of each of these transactions was spent, or a rollback brought it back: no replica serves them again. */
  forgetOutputs(txHashes: readonly TxHash[]): Promise<void>;
};

/** Puts the layers around a provider in their order. */
export function createChainAccess(options: ChainAccessOptions): ChainAccess {
  const { clock, onCacheLookup, sharedOutputs } = options;
  const provider = joinLookups(options.provider);
  const facts = createNetworkFactsCache(provider, {
    clock,
    onLookup: (result) => onCacheLookup?.({ cache: 'network_facts', result }),
  });
  const outputs = cacheOutputs(provider, {
    ttlMs: options.utxoTtlSeconds * 1000,
    clock,
    shared: sharedOutputs,
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
    readOutputs: (refs, { fresh }) =>
      readOutputFacts(fresh ? outputs.fresh : outputs.cached, refs, { tipFreshness }),
    readAsset: (asset) => readAssetFact(provider, asset, tipFreshness),
    forgetOutputs: outputs.forget,
  };
}
