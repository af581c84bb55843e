import type { AssetId, LedgerInput } from '@x402-facilitator/cardano';
import type { Value } from './haskell.js';

function sum(values: readonly Value[]): { lovelace: bigint; assets: Map<AssetId, bigint> } {
  const total = { lovelace: 0n, assets: new Map<AssetId, bigint>() };
  for (const { lovelace, assets } of values) {
    total.lovelace += lovelace;
    for (const [asset, quantity] of assets) {
      total.assets.set(asset, (total.assets.get(asset) ?? 0n) + quantity);
    }
  }
  return total;
}

/** The value that a transaction consumes: its inputs and what it mints. */
export function consumed({ transaction, outputs }: LedgerInput): Value {
  const inputs = transaction.inputs.flatMap(({ txHash, index }) => outputs.get(`${txHash}#${index}`) ?? []);
  return sum([...inputs, { lovelace: 0n, assets: transaction.mint }]);
}

/** The value that it produces: its outputs and its fee. */
export function produced({ transaction }: LedgerInput): Value {
  return sum([...transaction.outputs, { lovelace: transaction.fee, assets: new Map() }]);
}
