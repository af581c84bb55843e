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
import type { Absence, JudgeAbsence } from './absence.js';

/** How many transactions are looked up at once: at most as many are under way when one turns out not to exist. */
const CONCURRENCY = 4;

/** Where the outputs of transactions come from. */
export type OutputsReader = {
  /** Named in what cannot be known. */
  readonly provider: Pick<ChainProvider, 'name'>;
  /** What is held already; `undefined` when it has to be asked for. */
  held(txHash: TxHash): Promise<readonly ProviderOutput[] | undefined>;
  /** Asks the provider. */
  ask(txHash: TxHash): Promise<readonly ProviderOutput[] | undefined>;
  /** Told how many transactions have to be asked for, before the first one is. */
  beforeAsking(count: number): Promise<void>;
};

type Parent = { readonly txHash: TxHash; readonly refs: readonly OutRef[] };

/**
 * Reads what the chain knows of outputs, in one call per distinct transaction that created them. The first output is
 * looked up before the others. It stops at the first one that is not unspent: a payment can then only be refused.
 *
 * An error does not mean absence: a provider that fails, lags or leaves a field out gives `unknown` with the reason.
 * `missing` means that the output is not on the chain. A transaction that waits in a mempool is not on the chain.
 *
 * @returns a fact for every reference that was looked up; those that come after a stop are left out.
 * @throws what `beforeAsking` throws.
 */
export async function readOutputFacts(
  reader: OutputsReader,
  refs: readonly OutRef[],
  judgeAbsence: JudgeAbsence,
): Promise<OutputFacts> {
  const { provider } = reader;
  const facts = new Map<OutRefKey, OutputFact>();
  let isOver = false;

  const note = ({ refs }: Parent, found: readonly ProviderOutput[] | Absence) => {
    for (const ref of refs) {
      const fact = 'status' in found ? found : outputFactOf(provider, outputAt(found, ref.index));
      facts.set(outRefKey(ref), fact);
      if (fact.status !== 'unspent') isOver = true;
    }
  };
  const ask = async (parent: Parent) => {
    if (isOver) return;
    const { txHash } = parent;
    note(parent, await orUnknown(async () => (await reader.ask(txHash)) ?? (await judgeAbsence(txHash))));
  };

  const [first, ...others] = parentsOf(refs);
  if (first === undefined) return facts;
  const heldFirst = await reader.held(first.txHash);
  if (heldFirst !== undefined) note(first, heldFirst);
  if (isOver) return facts;
  const held = await Promise.all(others.map(({ txHash }) => reader.held(txHash)));
  const unheld = others.filter((_, index) => held[index] === undefined);
  const noteHeld = () => {
    others.forEach((parent, index) => {
      const outputs = held[index];
      if (outputs !== undefined) note(parent, outputs);
    });
  };
  // What is known of the others tells nothing without the first.
  if (heldFirst !== undefined) noteHeld();
  if (isOver) return facts;
  await reader.beforeAsking(unheld.length + (heldFirst === undefined ? 1 : 0));
  if (heldFirst === undefined) {
    await ask(first);
    if (isOver) return facts;
    noteHeld();
  }
  await pMap(unheld, ask, { concurrency: CONCURRENCY });
  return facts;
}

/** The transactions that created these outputs, in their order. */
function parentsOf(refs: readonly OutRef[]): readonly Parent[] {
  const byHash = new Map<TxHash, OutRef[]>();
  for (const ref of refs) byHash.set(ref.txHash, [...(byHash.get(ref.txHash) ?? []), ref]);
  return Array.from(byHash, ([txHash, refs]) => ({ txHash, refs }));
}

/**
 * The output with this index. Providers list them in order, so it is mostly found at once: a parent may have thousands, and
 * each payment that spends one comes by here.
 */
export function outputAt(outputs: readonly ProviderOutput[], index: number): ProviderOutput | undefined {
  const isIt = (it: ProviderOutput | undefined) => it?.output.outRef.index === index;
  const inPlace = outputs[index];
  return isIt(inPlace) ? inPlace : outputs.find(isIt);
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
    // Kept for others: that is known of the caller, not of the chain.
    if (!(error instanceof ChainProviderError) || error.outcome === 'reserved') throw error;
    return { status: 'unknown', reason: error.message };
  }
}

/** A transaction's outputs are fixed, so one that is not among them never existed. */
function outputFactOf(provider: Pick<ChainProvider, 'name'>, found: ProviderOutput | undefined): OutputFact {
  if (found === undefined) return { status: 'missing' };
  const { output, spending } = found;
  if (spending.status === 'unspent') return { status: 'unspent', output };
  if (spending.status === 'spent') return { status: 'spent', output, by: spending.by };
  const reason = `${provider.name} does not say whether ${outRefKey(output.outRef)} is spent`;
  return { status: 'unknown', reason };
}
