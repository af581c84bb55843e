import { type AssetId, LOVELACE } from '@x402-facilitator/cardano/ledger';

/** Lovelace and native assets together. */
export type Value = { readonly lovelace: bigint; readonly assets: ReadonlyMap<AssetId, bigint> };

/** An amount of one asset. */
export function amountOf(asset: AssetId, amount: bigint): Value {
  return asset === LOVELACE
    ? { lovelace: amount, assets: new Map() }
    : { lovelace: 0n, assets: new Map([[asset, amount]]) };
}

export function quantityOf({ lovelace, assets }: Value, asset: AssetId): bigint {
  return asset === LOVELACE ? lovelace : (assets.get(asset) ?? 0n);
}

/** `left - right`. Assets of which nothing is left are not in it; what is missing is negative. */
export function subtract(left: Value, right: Value): Value {
  const assets = new Map(left.assets);
  for (const [asset, amount] of right.assets) {
    const rest = (assets.get(asset) ?? 0n) - amount;
    if (rest === 0n) assets.delete(asset);
    else assets.set(asset, rest);
  }
  return { lovelace: left.lovelace - right.lovelace, assets };
}

export function sum(values: readonly Value[]): Value {
  const assets = new Map<AssetId, bigint>();
  let lovelace = 0n;
  for (const value of values) {
    lovelace += value.lovelace;
    for (const [asset, amount] of value.assets) assets.set(asset, (assets.get(asset) ?? 0n) + amount);
  }
  return { lovelace, assets };
}
