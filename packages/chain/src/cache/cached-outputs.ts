import type { TxHash } from '@x402-facilitator/cardano';
import { LRUCache } from 'lru-cache';
import type { ChainProvider, Clock, ProviderOutput } from '../provider/index.js';
import type { HeldOutputs } from './outputs-codec.js';
import type { SharedOutputs } from './shared-outputs.js';

export type CachedOutputsOptions = {
  /** How long an answer may be served again, in milliseconds from when it was asked for. 0 caches nothing. */
  readonly ttlMs: number;
  readonly clock: Clock;
  /** How many outputs this process holds at most. */
  readonly maxOutputs?: number | undefined;
  /** What all replicas hold together. */
  readonly shared?: SharedOutputs | undefined;
  /** Called once per look-up. */
  readonly onLookup?: ((result: 'hit' | 'miss') => void) | undefined;
};

/** The outputs of transactions: held ones, and those that have to be asked for. */
export type OutputsCache = {
  /** From the cache; `undefined` when the provider has to be asked. */
  held(txHash: TxHash): Promise<readonly ProviderOutput[] | undefined>;
  /**
   * Asks a provider, and fills the cache. With `fresh`, the shared cache gets only outputs that turned out to be
   * spent.
   */
  ask(
    txHash: TxHash,
    options: { readonly fresh: boolean; readonly provider: Pick<ChainProvider, 'getTransactionOutputs'> },
  ): Promise<readonly ProviderOutput[] | undefined>;
  /** Forgets what is held of these transactions, here and in every replica: one of their outputs was spent. */
  forget(txHashes: readonly TxHash[]): Promise<void>;
};

const DEFAULT_MAX_OUTPUTS = 20_000;
/** Far more than are spent while one read is under way. */
const MAX_FORGOTTEN = 20_000;

/**
 * What a fresh read tells all replicas. "Still unspent" is old news soon: telling it would delay every
 * settlement by a round trip.
 */
const showsSpent = (outputs: readonly ProviderOutput[]): boolean =>
  outputs.some(({ spending }) => spending.status === 'spent');

/**
 * Serves the outputs of a transaction again for a while. Within that time "unspent" may be stale, so what is held is
 * for `/verify` only; what moves money reads fresh (`chain.cache.utxoTtlSeconds`). An unknown transaction is never kept,
 * nor is an answer that does not say whether an output is spent.
 */
export function cacheOutputs(options: CachedOutputsOptions): OutputsCache {
  const { ttlMs, clock, shared, onLookup, maxOutputs = DEFAULT_MAX_OUTPUTS } = options;
  const entries = new LRUCache<TxHash, HeldOutputs>({
    maxSize: maxOutputs,
    sizeCalculation: ({ outputs }) => Math.max(outputs.length, 1),
  });
  /** When each was forgotten: an answer that was asked for before then must not be kept. */
  const forgottenAtMs = new LRUCache<TxHash, number>({ max: MAX_FORGOTTEN });

  const drop = (txHash: TxHash) => {
    entries.delete(txHash);
    forgottenAtMs.set(txHash, clock());
  };
  shared?.onSpent(drop);

  const keep = (txHash: TxHash, entry: HeldOutputs): boolean => {
    const isOutdated = entry.askedAtMs <= (forgottenAtMs.get(txHash) ?? Number.NEGATIVE_INFINITY);
    if (isOutdated) entries.delete(txHash);
    else entries.set(txHash, entry);
    return !isOutdated;
  };

  const isGood = (entry: HeldOutputs | undefined): entry is HeldOutputs =>
    entry !== undefined && clock() - entry.askedAtMs < ttlMs;

  const ask: OutputsCache['ask'] = async (txHash, { fresh, provider }) => {
    const askedAtMs = clock();
    const outputs = await provider.getTransactionOutputs(txHash);
    if (ttlMs === 0 || outputs === undefined) return outputs;
    if (outputs.some(({ spending }) => spending.status === 'unknown')) return outputs;
    const entry = { outputs, askedAtMs };
    if (keep(txHash, entry) && (!fresh || showsSpent(outputs))) await shared?.put(txHash, entry, ttlMs);
    return outputs;
  };

  const lookUp = async (txHash: TxHash) => {
    const here = entries.get(txHash);
    if (isGood(here)) return here.outputs;
    if (ttlMs === 0) return undefined;
    const there = await shared?.get(txHash);
    if (!isGood(there)) return undefined;
    keep(txHash, there);
    return there.outputs;
  };

  return {
    async held(txHash) {
      const outputs = await lookUp(txHash);
      onLookup?.(outputs === undefined ? 'miss' : 'hit');
      return outputs;
    },
    ask,
    async forget(txHashes) {
      for (const txHash of txHashes) drop(txHash);
      await shared?.forget(txHashes);
    },
  };
}

/** The transactions that created these outputs, each once. */
export function parentsOf(outRefs: readonly { readonly txHash: TxHash }[]): readonly TxHash[] {
  return [...new Set(outRefs.map(({ txHash }) => txHash))];
}
