import type { ChainOutput, OutputFact, OutputFacts } from '../ledger/facts/chain-facts.js';
import { type OutRef, type OutRefKey, outRefKey } from '../ledger/primitives/out-ref.js';

/** The fact about an output; without one it is unknown, never missing. */
export function factOf(outputs: OutputFacts, ref: OutRef): OutputFact {
  const key = outRefKey(ref);
  return outputs.get(key) ?? { status: 'unknown', reason: `nothing was looked up about ${key}` };
}

/** The outputs that are unspent. */
export function unspentOutputs(outputs: OutputFacts): ReadonlyMap<OutRefKey, ChainOutput> {
  const unspent = new Map<OutRefKey, ChainOutput>();
  for (const [key, fact] of outputs) if (fact.status === 'unspent') unspent.set(key, fact.output);
  return unspent;
}

/** Says that an output cannot be spent. */
export function unavailable(
  name: string,
  fact: Extract<OutputFact, { status: 'spent' | 'missing' }>,
): string {
  const found =
    fact.status === 'missing'
      ? 'no such output on the ledger'
      : `it spent${fact.by === undefined ? '' : ` by transaction ${fact.by}`}`;
  return `transaction: expected ${name} to be an unspent output, found ${found}`;
}
