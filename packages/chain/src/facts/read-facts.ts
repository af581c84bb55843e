import {
  type AssetFact,
  type AssetId,
  type OutputFact,
  type OutputFacts,
  type OutRef,
  type OutRefKey,
  outRefKey,
  type TxHash,
} from '@x402-facilitator/cardano';
import pMap from 'p-map';
import { type ChainProvider, ChainProviderError, type ProviderOutput } from '../provider/index.js';
import type { JudgeAbsence } from './absence.js';

/** How many transactions are looked up at once. */
const CONCURRENCY = 8;

/**
 * Reads what the chain knows of outputs, in one call per distinct transaction that created them.
 *
 * An error does not mean absence: a provider that fails, lags or leaves a field out gives `unknown` with the reason.
 * `missing` means that the output is not on the chain. A transaction that waits in a mempool is not on the chain.
 *
 * @returns a fact for every reference that was asked for.
 */
export async function readOutputFacts(
  provider: ChainProvider,
  refs: readonly OutRef[],
  judgeAbsence: JudgeAbsence,
): Promise<OutputFacts> {
  const byParent = new Map<TxHash, OutRef[]>();
  for (const ref of refs) byParent.set(ref.txHash, [...(byParent.get(ref.txHash) ?? []), ref]);
  const facts = new Map<OutRefKey, OutputFact>();
  const readParent = async ([txHash, children]: readonly [TxHash, readonly OutRef[]]) => {
    const found = await orUnknown(
      async () => (await provider.getTransactionOutputs(txHash)) ?? (await judgeAbsence(txHash)),
    );
    const byIndex = 'status' in found ? undefined : new Map(found.map((it) => [it.output.outRef.index, it]));
    for (const ref of children)
      facts.set(outRefKey(ref), 'status' in found ? found : outputFactOf(provider, byIndex?.get(ref.index)));
  };
  await pMap(byParent, readParent, { concurrency: CONCURRENCY });
  return facts;
}

/** Reads what the chain knows of one asset. As with outputs, an error does not mean absence. */
export function readAssetFact(
  provider: ChainProvider,
  id: AssetId,
  judgeAbsence: JudgeAbsence,
): Promise<AssetFact> {
  return orUnknown(async () => {
    const asset = await provider.getAsset(id);
    return asset === undefined ? judgeAbsence(id) : { status: 'found', asset };
  });
}

async function orUnknown<T>(
  read: () => Promise<T>,
): Promise<T | { readonly status: 'unknown'; readonly reason: string }> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ChainProviderError)) throw error;
    return { status: 'unknown', reason: error.message };
  }
}

/** A transaction's outputs are fixed, so one that is not among them never existed. */
function outputFactOf(provider: ChainProvider, found: ProviderOutput | undefined): OutputFact {
  if (found === undefined) return { status: 'missing' };
  const { output, spending } = found;
  if (spending.status === 'unspent') return { status: 'unspent', output };
  if (spending.status === 'spent') return { status: 'spent', output, by: spending.by };
  const reason = `${provider.name} does not say whether ${outRefKey(output.outRef)} is spent`;
  return { status: 'unknown', reason };
}
