import type { AssetId, ChainAsset } from '@x402-facilitator/cardano';
import type { JsonReader } from '../http/index.js';
import { assetAddressesSchema, assetSchema } from './schemas.js';

/** Holders on one page. A unique asset has one holder. */
const HOLDERS = 100;

/** An asset by its id: its quantity, the metadata of its minting, and its holders. */
export async function readAsset(read: JsonReader, asset: AssetId): Promise<ChainAsset | undefined> {
  const path = `/assets/${asset.replace('.', '')}`;
  const [minted, holders] = await Promise.all([
    read('asset', path, assetSchema),
    read('asset_addresses', `${path}/addresses?count=${HOLDERS}`, assetAddressesSchema),
  ]);
  if (minted === undefined) return undefined;
  return {
    quantity: minted.quantity,
    holders: (holders ?? []).map(({ address }) => address),
    metadata: minted.onchain_metadata,
  };
}
