import type { ChainPoint, TxHash } from '@x402-facilitator/cardano';
import type { TransitionRequest } from '@x402-facilitator/journal';

/** More than ever wait for a receipt at a time. For a forgotten one the chain is asked again. */
const MOST_INCLUSIONS = 10_000;

/**
 * What this process itself saw on the chain. It is not in Redis, so altering Redis does not alter it, and code that
 * relies on it need not ask the chain a second time.
 */
export interface ObservedInclusions {
  /** The block in which this process found the transaction, its scripts valid; undefined once a rollback removed it. */
  inclusionOf(txHash: TxHash): ChainPoint | undefined;
  /** The height of the newest block that this process has seen. */
  tipHeight(): number | undefined;
  sawTip(tip: { readonly height: number }): void;
  /**
   * Remembers the inclusion that a transition brings, or forgets one that it ends. Call it before the write: the
   * observation is true even if the write fails or another worker was faster, and a block that left the chain must be
   * forgotten in any case.
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
      // Reinserts it as the newest, so that the first entry is always the oldest.
      if (block !== undefined || to === 'submitted') inclusions.delete(txHash);
      if (block !== undefined) inclusions.set(txHash, block);
      const [oldest] = inclusions.keys();
      if (inclusions.size > MOST_INCLUSIONS && oldest !== undefined) inclusions.delete(oldest);
    },
  };
}
