import { type AssetId, LOVELACE } from '../primitives/asset.js';
import type { Value } from '../transaction/transaction.js';
import { resolve } from './inputs-and-outputs.js';
import { type LedgerFailure, type LedgerInput, phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

function total(values: readonly Value[]): Map<AssetId, bigint> {
  const sums = new Map<AssetId, bigint>();
  const add = (asset: AssetId, quantity: bigint) => sums.set(asset, (sums.get(asset) ?? 0n) + quantity);
  for (const { lovelace, assets } of values) {
    add(LOVELACE, lovelace);
    for (const [asset, quantity] of assets) add(asset, quantity);
  }
  return sums;
}

/** Assets of which more or less goes in than comes out. What else moves value (deposits, withdrawals) is not judged here. */
export function unbalancedAssets({
  transaction,
  outputs,
}: Pick<LedgerInput, 'transaction' | 'outputs'>): LedgerFailure[] {
  const consumed = total(resolve(transaction.inputs, outputs));
  for (const [asset, quantity] of transaction.mint)
    consumed.set(asset, (consumed.get(asset) ?? 0n) + quantity);
  const produced = total(transaction.outputs);
  produced.set(LOVELACE, (produced.get(LOVELACE) ?? 0n) + transaction.fee);
  const failures: LedgerFailure[] = [];
  for (const asset of new Set([...consumed.keys(), ...produced.keys()])) {
    const [input, output] = [consumed.get(asset) ?? 0n, produced.get(asset) ?? 0n];
    if (input === output) continue;
    const message = `expected inputs to equal outputs and fee, found ${input} in and ${output} out of ${asset}`;
    failures.push(phase1('ValueNotConservedUTxO', message));
  }
  return failures;
}

export const valueConserved: Phase1Rule = {
  name: 'inputs and mint equal outputs and fee',
  predicates: ['ValueNotConservedUTxO'],
  source: 'Shelley Utxo `validateValueNotConservedUTxO`; Mary `getConsumedMaryValue`',
  check: unbalancedAssets,
};
