import { type AssetId, nativeAssetId } from '../../primitives/asset.js';
import { toHex } from '../../primitives/hex.js';
import { lovelace } from '../../primitives/lovelace.js';
import type { Value } from '../transaction.js';
import {
  bytes,
  HASH28,
  hash,
  type Item,
  integer,
  MAX_INT64,
  MAX_UINT64,
  MIN_INT64,
  map,
  record,
  refuse,
  unsigned,
} from './shape.js';

const MAX_ASSET_NAME = 32;

function assetName(item: Item): string {
  const name = bytes(item);
  if (name.length > MAX_ASSET_NAME) refuse(item, `an asset name of at most ${MAX_ASSET_NAME} bytes`);
  return toHex(name);
}

/** Policies and names without duplicates, no policy without a name, no quantity that is zero. */
function multiAsset(item: Item, min: bigint, max: bigint): ReadonlyMap<AssetId, bigint> {
  const assets = new Map<AssetId, bigint>();
  for (const [policyId, names] of map(item, (key) => hash(key, HASH28))) {
    const quantities = map(names, assetName);
    if (quantities.size === 0) refuse(names, 'at least one asset name under a policy');
    for (const [name, quantityItem] of quantities) {
      const quantity = integer(quantityItem, min, max);
      if (quantity === 0n) refuse(quantityItem, 'a quantity other than 0');
      assets.set(nativeAssetId(policyId, name), quantity);
    }
  }
  return assets;
}

/** `coin` or `[coin, multiasset]`. */
export function value(item: Item): Value {
  if (item.node.kind === 'int') return { lovelace: lovelace(unsigned(item)), assets: new Map() };
  const { coin, assets } = record(item, ['coin', 'assets']);
  return { lovelace: lovelace(unsigned(coin)), assets: multiAsset(assets, 1n, MAX_UINT64) };
}

export function mintValue(item: Item): ReadonlyMap<AssetId, bigint> {
  const minted = multiAsset(item, MIN_INT64, MAX_INT64);
  if (minted.size === 0) refuse(item, 'at least one minted asset');
  return minted;
}
