import type { ChainOutput } from '../facts/chain-facts.js';
import { type OutRef, type OutRefKey, outRefKey } from '../primitives/out-ref.js';
import type { Transaction, TransactionOutput } from '../transaction/transaction.js';
import type { LedgerInput } from './outcome.js';

/**
 * Every output that a transaction spends, references or offers as collateral, each once, inputs first.
 *
 * @example
 * const parents = new Set(namedOutputs(transaction).map(({ txHash }) => txHash));
 */
export function namedOutputs(transaction: Transaction): readonly OutRef[] {
  const { inputs, referenceInputs, collateralInputs } = transaction;
  const named = new Map<OutRefKey, OutRef>();
  for (const ref of [...inputs, ...referenceInputs, ...collateralInputs]) named.set(outRefKey(ref), ref);
  return [...named.values()];
}

/** The known outputs behind references, each once; unknown ones are left out. */
export function resolve(refs: readonly OutRef[], outputs: LedgerInput['outputs']): ChainOutput[] {
  return [...new Set(refs.map(outRefKey))].flatMap((key) => outputs.get(key) ?? []);
}

/** The outputs that the ledger's rules look at: the regular ones in order, then the collateral return. */
export function allOutputs({ outputs, collateralReturn }: Transaction): readonly TransactionOutput[] {
  return collateralReturn === undefined ? outputs : [...outputs, collateralReturn];
}
