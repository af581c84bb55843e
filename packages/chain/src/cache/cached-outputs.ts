import type { TxHash } from '@x402-facilitator/cardano';
import type { Clock } from '../clock.js';
import { decorateProvider } from '../decorate-provider.js';
import type { ChainProvider, ProviderOutput } from '../provider.js';
import type { SharedOutputs } from './shared-outputs.js';

export type CachedOutputsOptions = {
  /** How long an answer may be served again, in milliseconds from when it was asked for; 0 caches nothing. */
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Bound on what this process holds, in outputs. */
  readonly maxOutputs?: number | undefined;
  /** What all replicas hold together. */
  readonly shared?: SharedOutputs | undefined;
  /** Called once per lookup. */
  readonly onLookup?: ((result: 'hit' | 'miss') => void) | undefined;
};

/** Outputs of a transaction and when they were asked for. */
export type HeldOutputs = { readonly outputs: readonly ProviderOutput[]; readonly askedAtMs: number };

/** Two views of one provider, and what to call when the ledger moved on. */
export type OutputsCache = {
  /** May answer from the cache. */
  readonly cached: ChainProvider;
  /** Never answers from the cache, but fills it; the shared one only with outputs that turned out to be spent. */
  readonly fresh: ChainProvider;
  /** Forgets what is held of these transactions, here and in every replica: one of their outputs was spent. */
  forget(txHashes: readonly TxHash[]): Promise<void>;
};

const DEFAULT_MAX_OUTPUTS = 20_000;

/**
 * What whoever moves money tells all replicas. That everything is still unspent is no news, and about to be old: a round
 * trip for it would delay every settlement.
 */
function showsSpent(outputs: readonly ProviderOutput[]): boolean {
  return outputs.some(({ spending }) => spending.status === 'spent');
}

/**
 * Serves the outputs of a transaction again for a while. Within that time "unspent" may be stale, so the cached view is
 * for `/verify` only: what moves money reads fresh (`chain.cache.utxoTtlSeconds`). An unknown transaction and an answer
 * that left the spending of an output open are never kept.
 */
export function cacheOutputs(provider: ChainProvider, options: CachedOutputsOptions): OutputsCache {
  const { ttlMs, clock, shared, onLookup, maxOutputs = DEFAULT_MAX_OUTPUTS } = options;
  /** In the order of asking, so the first is always the oldest. */
  const entries = new Map<TxHash, HeldOutputs>();
  let held = 0;
  /** When what was asked for before must not be kept any more. */
  const forgottenAt = new Map<TxHash, number>();

  const drop = (txHash: TxHash) => {
    held -= entries.get(txHash)?.outputs.length ?? 0;
    entries.delete(txHash);
  };

  const dropSpent = (txHash: TxHash) => {
    drop(txHash);
    const nowMs = clock();
    forgottenAt.set(txHash, nowMs);
    for (const [oldest, atMs] of forgottenAt) {
      if (nowMs - atMs < ttlMs) break;
      forgottenAt.delete(oldest);
    }
  };
  shared?.onSpent(dropSpent);

  const keep = (txHash: TxHash, entry: HeldOutputs) => {
    drop(txHash);
    if (entry.askedAtMs <= (forgottenAt.get(txHash) ?? Number.NEGATIVE_INFINITY)) return false;
    entries.set(txHash, entry);
    held += entry.outputs.length;
    for (const [oldest, { askedAtMs }] of entries) {
      if (held <= maxOutputs && clock() - askedAtMs < ttlMs) break;
      drop(oldest);
    }
    return true;
  };

  const isGood = (entry: HeldOutputs | undefined): entry is HeldOutputs =>
    entry !== undefined && clock() - entry.askedAtMs < ttlMs;

  const ask = async (txHash: TxHash, isNews: (outputs: readonly ProviderOutput[]) => boolean) => {
    const askedAtMs = clock();
    const outputs = await provider.getTransactionOutputs(txHash);
    if (ttlMs === 0 || outputs === undefined) return outputs;
    if (outputs.some(({ spending }) => spending.status === 'unknown')) return outputs;
    const entry = { outputs, askedAtMs };
    if (keep(txHash, entry) && isNews(outputs)) await shared?.put(txHash, entry, ttlMs);
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
    cached: decorateProvider(provider, {
      async getTransactionOutputs(txHash) {
        const outputs = await lookUp(txHash);
        onLookup?.(outputs === undefined ? 'miss' : 'hit');
        return outputs ?? ask(txHash, () => true);
      },
    }),
    fresh: decorateProvider(provider, { getTransactionOutputs: (txHash) => ask(txHash, showsSpent) }),
    async forget(txHashes) {
      for (const txHash of txHashes) dropSpent(txHash);
      await shared?.forget(txHashes);
    },
  };
}
