import type {
  AssetFact,
  AssetId,
  Followed,
  FollowedFact,
  Network,
  OutputFacts,
  OutRef,
  ProtocolParameters,
  TxHash,
} from '@x402-facilitator/cardano';
import { createLookupPayment, type LookupCaller } from '../budget/index.js';
import {
  cacheOutputs,
  createFollowedPositions,
  createNetworkFactsCache,
  joinLookups,
  type NetworkFactsCache,
  type SharedOutputs,
} from '../cache/index.js';
import {
  createAbsenceJudge,
  followOutput,
  type Positions,
  readAssetFact,
  readOutputFacts,
} from '../facts/index.js';
import { askedBy, type ChainProvider, type Clock } from '../provider/index.js';

export type ChainAccessOptions = {
  readonly provider: ChainProvider;
  readonly clock: Clock;
  /** `chain.cache.utxoTtlSeconds`: how old an "unspent" may be when fresh facts are not asked for. */
  readonly utxoTtlSeconds: number;
  /** What all replicas hold together. Unset: each process has only its own memory. */
  readonly sharedOutputs?: SharedOutputs | undefined;
  /** Where what is followed was last found. Unset: each process has only its own memory. */
  readonly positions?: Positions | undefined;
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
  /**
   * See `readOutputFacts`. With `fresh` nothing comes from a cache.
   *
   * @throws LookupLimitError when the caller's allowance has no room for what has to be asked.
   * @throws ChainProviderError with the outcome `reserved` when only others may ask the providers now.
   */
  readOutputs(
    refs: readonly OutRef[],
    options: { readonly fresh: boolean; readonly caller?: LookupCaller | undefined },
  ): Promise<OutputFacts>;
  /** See `readAssetFact`. Never from a cache. It throws as `readOutputs` does. */
  readAsset(asset: AssetId, caller?: LookupCaller): Promise<AssetFact>;
  /** See `followOutput`. With `fresh` nothing comes from a cache. It throws as `readOutputs` does. */
  readFollowed(
    followed: Followed,
    options: { readonly fresh: boolean; readonly caller?: LookupCaller | undefined },
  ): Promise<FollowedFact>;
  /** To call when an output of each was spent, or came back in a rollback: every replica then reads them again. */
  forgetOutputs(txHashes: readonly TxHash[]): Promise<void>;
};

/** Puts joined reads and caches around a provider. */
export function createChainAccess(options: ChainAccessOptions): ChainAccess {
  const { clock, onCacheLookup, onParameters, sharedOutputs } = options;
  const { positions = createFollowedPositions(undefined) } = options;
  const provider = joinLookups(options.provider);
  const facts = createNetworkFactsCache(provider, {
    clock,
    onLookup: (result) => onCacheLookup?.({ cache: 'network_facts', result }),
    onRead: ({ parameters: { epoch, protocolVersion } }) => onParameters?.({ epoch, protocolVersion }),
  });
  const outputs = cacheOutputs({
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
    readOutputs: (refs, { fresh, caller }) =>
      chargedTo(provider, caller, (asked, prepay) =>
        readOutputFacts(
          {
            provider,
            held: fresh ? async () => undefined : outputs.held,
            ask: (txHash) => outputs.ask(txHash, { fresh, provider: asked }),
            beforeAsking: prepay,
          },
          refs,
          judgeAbsence,
        ),
      ),
    readAsset: (asset, caller) =>
      chargedTo(provider, caller, (asked) => readAssetFact(asked, asset, judgeAbsence)),
    readFollowed: (followed, { fresh, caller }) =>
      chargedTo(provider, caller, (asked) => {
        const ask = (txHash: TxHash) => outputs.ask(txHash, { fresh, provider: asked });
        return followOutput(
          {
            name: provider.name,
            outputsOf: async (txHash) => (fresh ? undefined : await outputs.held(txHash)) ?? ask(txHash),
            spenderOf: (output) => asked.getSpender(output),
          },
          followed,
          judgeAbsence,
          positions,
        );
      }),
    forgetOutputs: outputs.forget,
  };
}

/**
 * Lets a caller pay for the calls that `read` makes. Without one, this facilitator asks for itself.
 *
 * @param read is given the provider as the caller asks it, and what takes an allowance in advance.
 */
async function chargedTo<T>(
  provider: ChainProvider,
  caller: LookupCaller | undefined,
  read: (asked: ChainProvider, prepay: (count: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  if (caller === undefined) return read(provider, async () => undefined);
  const payment = createLookupPayment(caller.allowance);
  const priority = caller.isStranger ? 'stranger' : 'interactive';
  try {
    return await read(askedBy(provider, { priority, payment }), payment.prepay);
  } finally {
    await payment.settle();
  }
}
