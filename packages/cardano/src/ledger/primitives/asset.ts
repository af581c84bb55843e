import type { Brand } from './brand.js';

/**
 * An asset as the scheme writes it: `lovelace`, or lowercase `policyId.assetNameHex` (56 hex characters, a dot, 0 to
 * 64 hex characters of even length).
 */
export type AssetId = Brand<string, 'AssetId'>;

/** The asset id of ADA, counted in lovelace. */
export const LOVELACE = 'lovelace' as AssetId;

const NATIVE_ASSET = /^[0-9a-f]{56}\.(?:[0-9a-f]{2}){0,32}$/;

/**
 * Parses the canonical form of an asset id. Upper case is refused: the scheme matches assets by exact string.
 *
 * @returns `undefined` for any other form.
 * @example
 * parseAssetId('lovelace');
 * parseAssetId(`${policyId}.${assetNameHex}`);
 */
export function parseAssetId(value: string): AssetId | undefined {
  return value === LOVELACE || NATIVE_ASSET.test(value) ? (value as AssetId) : undefined;
}

/**
 * The asset id of a native asset.
 *
 * @param policyId 56 lowercase hex characters.
 * @param assetNameHex 0 to 64 lowercase hex characters.
 * @example
 * nativeAssetId(policyId, Buffer.from('USDM').toString('hex')); // `${policyId}.5553444d`
 */
export function nativeAssetId(policyId: string, assetNameHex: string): AssetId {
  return `${policyId}.${assetNameHex}` as AssetId;
}
