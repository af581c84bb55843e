import {
  type ChainOutput,
  type Followed,
  type FollowedFact,
  type OutRef,
  outRefKey,
  type TxHash,
} from '@x402-facilitator/cardano';
import { ChainProviderError, type ProviderOutput } from '../provider/index.js';
import type { Absence, JudgeAbsence } from './absence.js';
import { outputAt } from './read-facts.js';

/** More steps than any honest hint is behind: each costs a look-up. */
const MAX_STEPS = 32;

/** Where the outputs of transactions come from. */
export type OutputsSource = {
  /** Named in what cannot be known. */
  readonly name: string;
  /** The outputs of a transaction; `undefined` when it is not on the chain. */
  outputsOf(txHash: TxHash): Promise<readonly ProviderOutput[] | undefined>;
  /** Which transaction spent an output, where `outputsOf` does not say it. */
  spenderOf(output: ChainOutput): Promise<TxHash | undefined>;
};

/** Where what was followed was last found, by where it was followed from. */
export type Positions = {
  get(from: OutRef): Promise<OutRef | undefined>;
  put(from: OutRef, at: OutRef): Promise<void>;
};

/**
 * Follows something from an output that it once was to where it is now, through the transactions that spent it. It begins
 * where it was last found, if a block still holds that; after a rollback, from the beginning.
 *
 * An error never counts as an end: a provider that fails, lags, or does not say which transaction spent an output gives
 * `unknown` with the reason.
 *
 * @throws ChainProviderError with the outcome `reserved` when only others may ask the providers now.
 */
export async function followOutput(
  source: OutputsSource,
  followed: Followed,
  judgeAbsence: JudgeAbsence,
  positions: Positions,
): Promise<FollowedFact> {
  const { from } = followed;
  try {
    const last = await positions.get(from);
    const there = last && (await source.outputsOf(last.txHash));
    const starts = there && outputAt(there, last.index) !== undefined;
    const start = starts ? last : from;
    const outputs = starts ? there : await source.outputsOf(from.txHash);
    const { fact, at } = await walk(source, followed, { at: start, outputs }, judgeAbsence);
    if (outRefKey(at) !== outRefKey(start)) await positions.put(from, at);
    return fact;
  } catch (error) {
    if (!(error instanceof ChainProviderError) || error.outcome === 'reserved') throw error;
    return unknown(error.message);
  }
}

type Place = { readonly at: OutRef; readonly outputs: readonly ProviderOutput[] | undefined };

/** Goes on until it is found, has ended, or cannot be known, and says how far it came. */
async function walk(
  source: OutputsSource,
  { from, next }: Followed,
  start: Place,
  judgeAbsence: JudgeAbsence,
): Promise<{ readonly fact: FollowedFact; readonly at: OutRef }> {
  let { at, outputs } = start;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const found = outputs && outputAt(outputs, at.index);
    if (found === undefined) return { fact: await absenceOf(outputs, at, judgeAbsence), at };
    const { output, spending } = found;
    if (spending.status === 'unspent') return { fact: { status: 'found', output }, at };
    if (spending.status === 'unknown')
      return { fact: unknown(`${source.name} does not say whether ${outRefKey(at)} is spent`), at };
    const by = spending.by ?? (await source.spenderOf(output));
    if (by === undefined)
      return {
        fact: unknown(`${source.name} does not say which transaction spent ${outRefKey(at)}`),
        at,
      };
    outputs = await source.outputsOf(by);
    if (outputs === undefined) return { fact: lagging(source, by), at };
    const continued: ChainOutput | undefined = next(
      output,
      outputs.map((each) => each.output),
    );
    if (continued === undefined) return { fact: { status: 'ended', by }, at };
    at = continued.outRef;
  }
  return { fact: unknown(`it has moved more than ${MAX_STEPS} times since ${outRefKey(from)}`), at };
}

function unknown(reason: string): FollowedFact {
  return { status: 'unknown', reason };
}

function lagging({ name }: OutputsSource, txHash: TxHash): FollowedFact {
  return unknown(`${name} names the transaction ${txHash} and does not know it`);
}

/** A transaction's outputs are fixed, so one that is not among them never existed. */
async function absenceOf(
  outputs: readonly ProviderOutput[] | undefined,
  { txHash }: OutRef,
  judgeAbsence: JudgeAbsence,
): Promise<Absence> {
  return outputs === undefined ? judgeAbsence(txHash) : { status: 'missing' };
}
