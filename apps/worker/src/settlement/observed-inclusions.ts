import type { ChainPoint, TxHash } from '@x402-facilitator/cardano';
import type { TransitionRequest } from '@x402-facilitator/journal';

/** More than wait for a receipt at a time. The chain is asked again about what is forgotten. */
const MOST_INCLUSIONS = 10_000;

/**
 * What this process saw of the chain itself. It is not in Redis: a change to Redis does not change it, and code that
 * relies on it need not ask the chain a second time.
 */
export interface ObservedInclusions {
  /** The block in which this process found the transaction, its scripts valid; undefined once a rollback removed it. */
  inclusionOf(txHash: TxHash): ChainPoint | undefined;
  /** The height of the newest block that this process was told of. */
  tipHeight(): number | undefined;
  sawTip(tip: { readonly height: number }): void;
  /**
   * Takes note of the inclusion in a transition, or of its end. It comes before the write: what a provider showed holds
   * though the write fails or another worker was faster, and a block that left the chain must be forgotten in any case.
   */
  observe(request: Pick<TransitionRequest, 'txHash' | 'to' | 'change'>): void;
}

export function createObservedInclusions(): ObservedInclusions {
  const inclusions = new Map<TxHash, ChainPoint>();
  let tipHeight: number | undefined;
  return {
    inclusionOf: (txHash) => inclusions.get(txHash),
    tipHeight: () => tipHeight,
    sawTip(tip) {
      tipHeight = tip.height;
    },
    observe({ txHash, to, change }) {
      const block = change !== undefined && 'block' in change ? change.block : undefined;
      // The newest goes last, so that the first one is the oldest.
      if (block !== undefined || to === 'submitted') inclusions.delete(txHash);
      if (block !== undefined) inclusions.set(txHash, block);
      const [oldest] = inclusions.keys();
      if (inclusions.size > MOST_INCLUSIONS && oldest !== undefined) inclusions.delete(oldest);
    },
  };
}
