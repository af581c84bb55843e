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

/**
 * Follows something from an output that it once was to where it is now, through the transactions that spent it.
 *
 * An error never counts as an end: a provider that fails, lags, or does not say which transaction spent an output gives
 * `unknown` with the reason.
 *
 * @throws ChainProviderError with the outcome `reserved` when only others may ask the providers now.
 */
export async function followOutput(
  source: OutputsSource,
  { from, next }: Followed,
  judgeAbsence: JudgeAbsence,
): Promise<FollowedFact> {
  try {
    let at: OutRef = from;
    let outputs = await source.outputsOf(from.txHash);
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const found = outputs && outputAt(outputs, at.index);
      if (found === undefined) return absenceOf(outputs, at, judgeAbsence);
      const { output, spending } = found;
      if (spending.status === 'unspent') return { status: 'found', output };
      if (spending.status === 'unknown')
        return unknown(`${source.name} does not say whether ${outRefKey(at)} is spent`);
      const by = spending.by ?? (await source.spenderOf(output));
      if (by === undefined)
        return unknown(`${source.name} does not say which transaction spent ${outRefKey(at)}`);
      outputs = await source.outputsOf(by);
      if (outputs === undefined) return lagging(source, by);
      const continued: ChainOutput | undefined = next(
        output,
        outputs.map((each) => each.output),
      );
      if (continued === undefined) return { status: 'ended', by };
      at = continued.outRef;
    }
    return unknown(`it has moved more than ${MAX_STEPS} times since ${outRefKey(from)}`);
  } catch (error) {
    if (!(error instanceof ChainProviderError) || error.outcome === 'reserved') throw error;
    return unknown(error.message);
  }
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
