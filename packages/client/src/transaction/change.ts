import { type AssetId, lovelace, valueSize } from '@x402-facilitator/cardano/ledger';
import type { CostParameters } from '../chain/index.js';
import type { Value } from './value.js';
import { leastLovelaceOf, type Output } from './write-transaction.js';

/** The largest amount of lovelace that exists, for the size of a value that is not known yet. */
const MOST_LOVELACE = lovelace(45_000_000_000_000_000n);

/**
 * The outputs that bring change back: one, or several where the tokens are too many for one. Nothing is left for nothing.
 *
 * @returns `undefined` when there is too little lovelace for what the outputs must hold.
 */
export function changeOutputs(
  change: Value,
  address: Uint8Array,
  { coinsPerUtxoByte, maxValueBytes }: CostParameters,
): readonly Output[] | undefined {
  if (change.lovelace === 0n && change.assets.size === 0) return [];
  const outputs: Output[] = [];
  let left = change.lovelace;
  const [last = new Map<AssetId, bigint>(), ...others] = bundles(change.assets, maxValueBytes).reverse();
  for (const assets of others) {
    const empty: Output = { address, value: { lovelace: 0n, assets } };
    const least = leastLovelaceOf(empty, coinsPerUtxoByte);
    outputs.push({ address, value: { lovelace: least, assets } });
    left -= least;
  }
  const rest: Output = { address, value: { lovelace: left, assets: last } };
  // An amount that takes more bytes than the least one is far above it.
  return left < leastLovelaceOf(rest, coinsPerUtxoByte) ? undefined : [...outputs, rest];
}

function bundles(
  assets: ReadonlyMap<AssetId, bigint>,
  maxValueBytes: number,
): ReadonlyMap<AssetId, bigint>[] {
  const found: Map<AssetId, bigint>[] = [];
  let current = new Map<AssetId, bigint>();
  for (const [asset, amount] of [...assets].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    const grown = new Map(current).set(asset, amount);
    if (current.size > 0 && valueSize({ lovelace: MOST_LOVELACE, assets: grown }) > maxValueBytes) {
      found.push(current);
      current = new Map([[asset, amount]]);
    } else current = grown;
  }
  return current.size === 0 ? found : [...found, current];
}
