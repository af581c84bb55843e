import { LOVELACE } from '../ledger/primitives/index.js';

/** An asset that has a label of its own. */
export type KnownAsset = {
  readonly symbol: string;
  readonly decimals: number;
  /** True for tokens on mainnet that are meant to be worth one US dollar. */
  readonly isUsd: boolean;
};

const ADA: KnownAsset = { symbol: 'ADA', decimals: 6, isUsd: false };
const usd = (symbol: string): KnownAsset => ({ symbol, decimals: 6, isUsd: true });

/** By asset id. The id holds the minting policy, so the same token on another network is another asset. */
const KNOWN_ASSETS: ReadonlyMap<string, KnownAsset> = new Map([
  [LOVELACE, ADA],
  ['c48cbb3d5e57ed56e276bc45f99ab39abe94e6cd7ac39fb402da47ad.0014df105553444d', usd('USDM')],
  ['f66d78b4a3cb3d37afa0ec36461e51ecbde00f26c8f0a68f94b69880.69555344', usd('iUSD')],
  ['8db269c3ec630e06ae29f74bc39edd1f87c819f1056206e879a1cd61.446a65644d6963726f555344', usd('DJED')],
  [
    'e675b46e4d2242c991a8932a99db3044e80515ae14b4c4ccf6b3f4c9.0014df10745553444d',
    { symbol: 'tUSDM', decimals: 6, isUsd: false },
  ],
]);

/** Everything else. Its decimals are not known, so its atomic units count as whole ones. */
const OTHER: KnownAsset = { symbol: 'other', decimals: 0, isUsd: false };

/** The symbols that may appear as a label. */
export const ASSET_LABELS: readonly string[] = [...KNOWN_ASSETS.values(), OTHER].map(({ symbol }) => symbol);

/** The ids of every known asset. */
export const KNOWN_ASSET_IDS: readonly string[] = [...KNOWN_ASSETS.keys()];

/**
 * True when the asset has a name and decimals here.
 *
 * @example
 * isKnownAsset('lovelace'); // true
 */
export function isKnownAsset(asset: string): boolean {
  return KNOWN_ASSETS.has(asset);
}

/**
 * The label and decimals of an asset; `other`, without decimals, for one that is not known.
 *
 * @param asset `lovelace`, or `policyId.assetNameHex` in lowercase.
 * @example
 * const { symbol, decimals } = knownAsset('lovelace'); // 'ADA', 6
 */
export function knownAsset(asset: string): KnownAsset {
  return KNOWN_ASSETS.get(asset) ?? OTHER;
}
