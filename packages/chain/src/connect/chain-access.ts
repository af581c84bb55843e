import type {
  AssetFact,
  AssetId,
  Network,
  OutputFacts,
  OutRef,
  ProtocolParameters,
  TxHash,
} from '@x402-facilitator/cardano';
import {
  cacheOutputs,
  createNetworkFactsCache,
  joinLookups,
  type NetworkFactsCache,
  type SharedOutputs,
} from '../cache/index.js';
import { createAbsenceJudge, readAssetFact, readOutputFacts } from '../facts/index.js';
import type { ChainProvider, Clock } from '../provider/index.js';

export type ChainAccessOptions = {
  readonly provider: ChainProvider;
  readonly clock: Clock;
  /** `chain.cache.utxoTtlSeconds`: how old an "unspent" may be when fresh facts are not asked for. */
  readonly utxoTtlSeconds: number;
  /** What all replicas hold together. Unset: each process has only its own memory. */
  readonly sharedOutputs?: SharedOutputs | undefined;
  /** Called once per look-up in a cache. */
  readonly onCacheLookup?: ((lookup: CacheLookup) => void) | undefined;
  /** Called with the parameters of each read that a provider answered. */
  readonly onParameters?: ((read: ParametersRead) => void) | undefined;
};

/** Parameters that were read anew. */
export type ParametersRead = Pick<ProtocolParameters, 'epoch' | 'protocolVersion'>;

/** One look-up in one cache. */
export type CacheLookup = {
  readonly cache: 'outputs' | 'network_facts';
  readonly result: 'hit' | 'miss';
};

/** What a tier needs of one network. */
export type ChainAccess = {
  readonly network: Network;
  /** Not cached; identical reads under way are joined. */
  readonly provider: ChainProvider;
  readonly facts: NetworkFactsCache;
  /** See `readOutputFacts`. With `fresh` nothing comes from a cache. */
  readOutputs(refs: readonly OutRef[], options: { readonly fresh: boolean }): Promise<OutputFacts>;
  /** See `readAssetFact`. Never from a cache. */
  readAsset(asset: AssetId): Promise<AssetFact>;
  /** To call when an output of each was spent, or came back in a rollback: every replica then reads them again. */
  forgetOutputs(txHashes: readonly TxHash[]): Promise<void>;
};

/** Puts joined reads and caches around a provider. */
export function createChainAccess(options: ChainAccessOptions): ChainAccess {
  const { clock, onCacheLookup, onParameters, sharedOutputs } = options;
  const provider = joinLookups(options.provider);
  const facts = createNetworkFactsCache(provider, {
    clock,
    onLookup: (result) => onCacheLookup?.({ cache: 'network_facts', result }),
    onRead: ({ parameters: { epoch, protocolVersion } }) => onParameters?.({ epoch, protocolVersion }),
  });
  const outputs = cacheOutputs(provider, {
    ttlMs: options.utxoTtlSeconds * 1000,
    clock,
    shared: sharedOutputs,
    onLookup: (result) => onCacheLookup?.({ cache: 'outputs', result }),
  });
  const judgeAbsence = createAbsenceJudge(provider, {
    clock,
    timeline: async () => (await facts.get()).timeline,
  });
  return {
    network: provider.network,
    provider,
    facts,
    readOutputs: (refs, { fresh }) =>
      readOutputFacts(fresh ? outputs.fresh : outputs.cached, refs, judgeAbsence),
    readAsset: (asset) => readAssetFact(provider, asset, judgeAbsence),
    forgetOutputs: outputs.forget,
  };
}
