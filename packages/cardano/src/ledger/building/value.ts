import { type AssetId, LOVELACE } from '../primitives/asset.js';

/** Lovelace and native assets together. Unlike a decoded value, what it says may be negative: something is missing then. */
export type Amounts = { readonly lovelace: bigint; readonly assets: ReadonlyMap<AssetId, bigint> };

/**
 * How much of an asset there is, in atomic units.
 *
 * @example
 * quantityOf({ lovelace: 2_000_000n, assets: new Map() }, 'lovelace'); // 2_000_000n
 */
export function quantityOf({ lovelace, assets }: Amounts, asset: AssetId): bigint {
  return asset === LOVELACE ? lovelace : (assets.get(asset) ?? 0n);
}

/**
 * All together. Assets of which nothing is left are not in it.
 *
 * @example
 * const held = sum(outputs);
 */
export function sum(values: readonly Amounts[]): Amounts {
  const assets = new Map<AssetId, bigint>();
  let lovelace = 0n;
  for (const value of values) {
    lovelace += value.lovelace;
    for (const [asset, amount] of value.assets) add(assets, asset, amount);
  }
  return { lovelace, assets };
}

/**
 * `left - right`: what is missing is negative. Assets of which nothing is left are not in it.
 *
 * @example
 * const back = subtract(sum(inputs), sum(outputs));
 */
export function subtract(left: Amounts, right: Amounts): Amounts {
  const assets = new Map(left.assets);
  for (const [asset, amount] of right.assets) add(assets, asset, -amount);
  return { lovelace: left.lovelace - right.lovelace, assets };
}

function add(assets: Map<AssetId, bigint>, asset: AssetId, amount: bigint): void {
  const after = (assets.get(asset) ?? 0n) + amount;
  if (after === 0n) assets.delete(asset);
  else assets.set(asset, after);
}
