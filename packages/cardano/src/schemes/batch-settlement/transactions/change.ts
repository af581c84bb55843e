import type { ProtocolParameters } from '../../../ledger/facts/index.js';
import { valueSize } from '../../../ledger/phase-1/output-size.js';
import type { AssetId } from '../../../ledger/primitives/asset.js';
import { lovelace } from '../../../ledger/primitives/lovelace.js';
import type { Amounts } from './amounts.js';
import { leastLovelace, type Output } from './write.js';

/** The largest amount of lovelace that exists, for the size of a value that is not known yet. */
const MOST_LOVELACE = lovelace(45_000_000_000_000_000n);

/**
 * The outputs that bring change back: one, or several where the tokens are too many for one. None for nothing.
 *
 * @param change nothing in it is negative but perhaps the lovelace.
 * @returns with what is missing in lovelace, 0 where nothing is.
 */
export function changeOutputs(
  change: Amounts,
  address: string,
  parameters: Pick<ProtocolParameters, 'coinsPerUtxoByte' | 'maxValueBytes'>,
): { readonly outputs: readonly Output[]; readonly missing: bigint } {
  if (change.lovelace === 0n && change.assets.size === 0) return { outputs: [], missing: 0n };
  const [last = new Map<AssetId, bigint>(), ...others] = bundles(change.assets, parameters).reverse();
  const filled = others.map((assets): Output => {
    const empty = { address, value: { lovelace: 0n, assets } };
    return { address, value: { lovelace: leastLovelace(empty, parameters), assets } };
  });
  const left = filled.reduce((rest, { value }) => rest - value.lovelace, change.lovelace);
  const rest: Output = { address, value: { lovelace: left < 0n ? 0n : left, assets: last } };
  const least = leastLovelace(rest, parameters);
  return left < least ? { outputs: [], missing: least - left } : { outputs: [...filled, rest], missing: 0n };
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
