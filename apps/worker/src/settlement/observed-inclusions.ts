import type { ChainPoint, TxHash } from '@x402-facilitator/cardano';
import type { SettlementWriter } from './settlement-writer.js';

/** Landings that are remembered: more than wait for a receipt at a time. What is forgotten is asked of the chain again. */
const MOST_LANDINGS = 10_000;

/**
 * What this process saw of the chain with its own eyes. It is not in Redis, so that nobody who alters Redis alters it, and
 * who relies on it need not ask the chain a second time.
 */
export interface ChainWitness {
  /** The block in which this process found the transaction paying, if it did and no rollback took it back since. */
  landingOf(transaction: TxHash): ChainPoint | undefined;
  /** The height of the newest block that this process was told of. */
  tipHeight(): number | undefined;
  sawTip(tip: { readonly height: number }): void;
  /** A writer that remembers the landings that are recorded through it: they are recorded on a provider's evidence. */
  watching(writer: SettlementWriter): SettlementWriter;
}

export function createChainWitness(): ChainWitness {
  const landings = new Map<TxHash, ChainPoint>();
  let tipHeight: number | undefined;
  return {
    landingOf: (transaction) => landings.get(transaction),
    tipHeight: () => tipHeight,
    sawTip(tip) {
      tipHeight = tip.height;
    },
    watching: (writer) => ({
      transition(request) {
        const { transaction, to, change } = request;
        // The newest goes last, so that the first one is the oldest.
        if (change?.block !== undefined || to === 'submitted') landings.delete(transaction);
        if (change?.block !== undefined) landings.set(transaction, change.block);
        const [oldest] = landings.keys();
        if (landings.size > MOST_LANDINGS && oldest !== undefined) landings.delete(oldest);
        return writer.transition(request);
      },
    }),
  };
}
