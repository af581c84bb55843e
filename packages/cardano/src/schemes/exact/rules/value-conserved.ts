import { resolve } from '../../../ledger/phase-1/inputs-and-outputs.js';
import { type AssetId, LOVELACE } from '../../../ledger/primitives/asset.js';
import type { Value } from '../../../ledger/transaction/transaction.js';
import type { ChainFacts } from '../facts/facts.js';
import { unspentOutputs } from '../facts/output-facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

function total(values: readonly Value[]): Map<AssetId, bigint> {
  const sums = new Map<AssetId, bigint>();
  const add = (asset: AssetId, quantity: bigint) => sums.set(asset, (sums.get(asset) ?? 0n) + quantity);
  for (const { lovelace, assets } of values) {
    add(LOVELACE, lovelace);
    for (const [asset, quantity] of assets) add(asset, quantity);
  }
  return sums;
}

export const valueConserved = defineRule({
  name: 'inputs equal outputs and fee, in lovelace and every asset',
  codes: ['invalid_exact_cardano_payload_value_not_conserved'],
  source: 'scheme: verification rule 6; ledger: ValueNotConservedUTxO',
  check({ transaction, outputs }: ChainFacts, refuse) {
    const consumed = total(resolve(transaction.inputs, unspentOutputs(outputs)));
    const produced = total(transaction.outputs);
    produced.set(LOVELACE, (produced.get(LOVELACE) ?? 0n) + transaction.fee);
    for (const asset of new Set([...consumed.keys(), ...produced.keys()])) {
      const [input, output] = [consumed.get(asset) ?? 0n, produced.get(asset) ?? 0n];
      if (input === output) continue;
      const message = `transaction: expected inputs to equal outputs and fee, found ${input} in and ${output} out of ${asset}`;
      return refuse('invalid_exact_cardano_payload_value_not_conserved', message);
    }
    return PASSED;
  },
});
