import type { ChainOutput, OutputFact, OutputFacts } from '../ledger/facts/chain-facts.js';
import { namedOutputs } from '../ledger/phase-1/index.js';
import { type OutRef, type OutRefKey, outRefKey } from '../ledger/primitives/out-ref.js';
import type { Transaction } from '../ledger/transaction/transaction.js';

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

/**
 * Why a transaction cannot spend or read what it names. An input that is known to be gone is a verdict, even when another
 * could not be looked up.
 */
export function inputsFault(
  outputs: OutputFacts,
  transaction: Transaction,
): { readonly kind: 'gone' | 'unknown'; readonly message: string } | undefined {
  const facts = namedOutputs(transaction).map((ref) => ({
    name: `the input ${outRefKey(ref)}`,
    fact: factOf(outputs, ref),
  }));
  for (const { name, fact } of facts)
    if (fact.status === 'spent' || fact.status === 'missing')
      return { kind: 'gone', message: unavailable(name, fact) };
  for (const { name, fact } of facts)
    if (fact.status === 'unknown')
      return { kind: 'unknown', message: `could not look up ${name}: ${fact.reason}` };
  return undefined;
}
