import {
  type OutputFact,
  type OutputFacts,
  type OutRef,
  type OutRefKey,
  outRefKey,
  type TxHash,
} from '@x402-facilitator/cardano';
import { mapBounded } from './map-bounded.js';
import { type ChainProvider, ChainProviderError, type ProviderOutput } from './provider.js';
import type { TipFreshness } from './tip-freshness.js';

export type ReadOutputFactsOptions = {
  /**
   * Asked when the provider knows nothing of a transaction. An indexer that lags says 404 of a fresh transaction just
   * as of one that never was: only a provider at the tip is believed, from any other it is `unknown`.
   */
  readonly tipFreshness: () => Promise<TipFreshness>;
  /** How many transactions are looked up at once. */
  readonly concurrency?: number | undefined;
};

const DEFAULT_CONCURRENCY = 8;

/**
 * Reads what the chain knows of outputs, in one call per distinct transaction that created them.
 *
 * An error is never absence: a provider that fails, lags or leaves a field out gives `unknown` with the reason.
 * `missing` means that the output is not on the chain; a transaction that waits in a mempool is not on the chain.
 *
 * @returns a fact for every reference that was asked for.
 */
export async function readOutputFacts(
  provider: ChainProvider,
  refs: readonly OutRef[],
  options: ReadOutputFactsOptions,
): Promise<OutputFacts> {
  const byParent = new Map<TxHash, OutRef[]>();
  for (const ref of refs) byParent.set(ref.txHash, [...(byParent.get(ref.txHash) ?? []), ref]);
  const facts = new Map<OutRefKey, OutputFact>();
  await mapBounded([...byParent], options.concurrency ?? DEFAULT_CONCURRENCY, async ([txHash, children]) => {
    const factOf = await readParent(provider, txHash, options);
    for (const ref of children) facts.set(outRefKey(ref), factOf(ref));
  });
  return facts;
}

async function readParent(
  provider: ChainProvider,
  txHash: TxHash,
  options: ReadOutputFactsOptions,
): Promise<(ref: OutRef) => OutputFact> {
  try {
    const outputs = await provider.getTransactionOutputs(txHash);
    if (outputs === undefined) {
      const tip = await options.tipFreshness();
      const fact: OutputFact = tip.current
        ? { status: 'missing' }
        : { status: 'unknown', reason: `${provider.name} does not know ${txHash}, but ${tip.reason}` };
      return () => fact;
    }
    const byIndex = new Map(outputs.map((output) => [output.output.outRef.index, output]));
    return ({ index }) => outputFactOf(provider, byIndex.get(index));
  } catch (error) {
    if (!(error instanceof ChainProviderError)) throw error;
    const fact: OutputFact = { status: 'unknown', reason: error.message };
    return () => fact;
  }
}

/** A transaction's outputs are fixed, so one that is not among them never was. */
function outputFactOf(provider: ChainProvider, found: ProviderOutput | undefined): OutputFact {
  if (found === undefined) return { status: 'missing' };
  const { output, spending } = found;
  switch (spending.status) {
    case 'unspent':
      return { status: 'unspent', output };
    case 'spent':
      return { status: 'spent', output, by: spending.by };
    case 'unknown':
      return {
        status: 'unknown',
        reason: `${provider.name} does not say whether ${outRefKey(output.outRef)} is spent`,
      };
  }
}
