import type { TxHash } from '@x402-facilitator/cardano';
import type { Clock } from './clock.js';
import { decorateProvider } from './decorate-provider.js';
import type { ChainProvider, ProviderOutput } from './provider.js';

export type CachedOutputsOptions = {
  /** How long an answer may be served again, in milliseconds from when it was asked for; 0 caches nothing. */
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Bound on what is held, in outputs. */
  readonly maxOutputs?: number | undefined;
  /** Called once per lookup. */
  readonly onLookup?: ((result: 'hit' | 'miss') => void) | undefined;
};

type Entry = { readonly outputs: readonly ProviderOutput[]; readonly askedAtMs: number };

const DEFAULT_MAX_OUTPUTS = 20_000;

/**
 * Serves the outputs of a transaction again for a while. Within that time "unspent" may be stale, so this is for
 * `/verify` only: what moves money reads fresh (config.md, `chain.cache.utxoTtlSeconds`). An unknown transaction and
 * an answer that left the spending of an output open are never kept.
 */
export function cacheOutputs(provider: ChainProvider, options: CachedOutputsOptions): ChainProvider {
  const { ttlMs, clock, onLookup, maxOutputs = DEFAULT_MAX_OUTPUTS } = options;
  /** In the order of asking, so the first is always the oldest. */
  const entries = new Map<TxHash, Entry>();
  let held = 0;

  const forget = (txHash: TxHash) => {
    held -= entries.get(txHash)?.outputs.length ?? 0;
    entries.delete(txHash);
  };

  const keep = (txHash: TxHash, entry: Entry) => {
    forget(txHash);
    entries.set(txHash, entry);
    held += entry.outputs.length;
    for (const [oldest, { askedAtMs }] of entries) {
      if (held <= maxOutputs && clock() - askedAtMs < ttlMs) break;
      forget(oldest);
    }
  };

  return decorateProvider(provider, {
    async getTransactionOutputs(txHash) {
      const askedAtMs = clock();
      const entry = entries.get(txHash);
      if (entry !== undefined && askedAtMs - entry.askedAtMs < ttlMs) {
        onLookup?.('hit');
        return entry.outputs;
      }
      onLookup?.('miss');
      const outputs = await provider.getTransactionOutputs(txHash);
      if (outputs?.every(({ spending }) => spending.status !== 'unknown'))
        keep(txHash, { outputs, askedAtMs });
      return outputs;
    },
  });
}
