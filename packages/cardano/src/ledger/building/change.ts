import type { ProtocolParameters } from '../facts/index.js';
import { valueSize } from '../phase-1/output-size.js';
import type { AssetId } from '../primitives/asset.js';
import { lovelace } from '../primitives/lovelace.js';
import { leastLovelaceOf } from './output.js';
import type { Amounts } from './value.js';

/** The largest amount of lovelace that exists, for the size of a value that is not known yet. */
const MOST_LOVELACE = lovelace(45_000_000_000_000_000n);

/**
 * What the outputs hold that bring change back: one, or several where the tokens are too many for one. None for nothing.
 *
 * @param change nothing in it is negative but perhaps the lovelace.
 * @param address the address's own bytes.
 * @returns with what is missing in lovelace, 0 where nothing is.
 * @example
 * const { values, missing } = changeValues(subtract(held, paid), address, parameters);
 */
export function changeValues(
  change: Amounts,
  address: Uint8Array,
  parameters: Pick<ProtocolParameters, 'coinsPerUtxoByte' | 'maxValueBytes'>,
): { readonly values: readonly Amounts[]; readonly missing: bigint } {
  if (change.lovelace === 0n && change.assets.size === 0) return { values: [], missing: 0n };
  const leastOf = (value: Amounts) => leastLovelaceOf({ address, value }, parameters);
  const [last = new Map<AssetId, bigint>(), ...others] = bundles(change.assets, parameters).reverse();
  const filled = others.map((assets) => ({ lovelace: leastOf({ lovelace: 0n, assets }), assets }));
  const left = filled.reduce((rest, value) => rest - value.lovelace, change.lovelace);
  const rest = { lovelace: left < 0n ? 0n : left, assets: last };
  const least = leastOf(rest);
  return left < least ? { values: [], missing: least - left } : { values: [...filled, rest], missing: 0n };
}

function bundles(
  assets: ReadonlyMap<AssetId, bigint>,
  { maxValueBytes }: Pick<ProtocolParameters, 'maxValueBytes'>,
): ReadonlyMap<AssetId, bigint>[] {
  const found: Map<AssetId, bigint>[] = [];
  for (const [asset, amount] of [...assets].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const grown = new Map(found.at(-1)).set(asset, amount);
    const fits = valueSize({ lovelace: MOST_LOVELACE, assets: grown }) <= maxValueBytes;
    if (fits && found.length > 0) found[found.length - 1] = grown;
    else found.push(new Map([[asset, amount]]));
  }
  return found;
}
