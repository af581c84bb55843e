import { type AssetId, LOVELACE } from '../../../ledger/primitives/asset.js';

/** Lovelace and native assets together. */
export type Amounts = { readonly lovelace: bigint; readonly assets: ReadonlyMap<AssetId, bigint> };

/** So much of one asset, and for a token this ADA beside it. */
export function amountOf(asset: AssetId, amount: bigint, beside: bigint): Amounts {
  if (asset === LOVELACE) return { lovelace: amount, assets: new Map() };
  return { lovelace: beside, assets: new Map(amount === 0n ? [] : [[asset, amount]]) };
}

export function sumOf(values: readonly Amounts[]): Amounts {
  return values.reduce<Amounts>((sum, value) => plus(sum, value, 1n), { lovelace: 0n, assets: new Map() });
}

/** What is left; what is missing is negative. Assets of which nothing is left are not in it. */
export function less(held: Amounts, taken: Amounts): Amounts {
  return plus(held, taken, -1n);
}

function plus(left: Amounts, right: Amounts, sign: 1n | -1n): Amounts {
  const assets = new Map(left.assets);
  for (const [asset, amount] of right.assets) {
    const sum = (assets.get(asset) ?? 0n) + sign * amount;
    if (sum === 0n) assets.delete(asset);
    else assets.set(asset, sum);
  }
  return { lovelace: left.lovelace + sign * right.lovelace, assets };
}
