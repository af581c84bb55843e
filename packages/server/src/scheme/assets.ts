import { isKnownAsset, KNOWN_ASSET_IDS, knownAsset, parseAssetId } from '@x402-facilitator/cardano';

/** A token that a price may name by its symbol. */
export type PricedAsset = {
  /** As a price writes it: `USDM`. Upper and lower case are the same. */
  readonly symbol: string;
  /** `policyId.assetNameHex`, lowercase. */
  readonly asset: string;
  /** How many digits of a price come after the point: 6 when 1 USDM is 1 000 000 atomic units. */
  readonly decimals: number;
  /** The network that the token is on. Its policy id makes it another asset on every other network. */
  readonly network: string;
};

/** The assets that prices may name. */
export type AssetRegistry = {
  bySymbol(symbol: string, network: string): Pick<PricedAsset, 'asset' | 'decimals'> | undefined;
  decimalsOf(asset: string): number | undefined;
};

const MOST_DECIMALS = 18;

/**
 * The well-known tokens, and those that the seller adds. One of the seller's goes before a well-known one of its symbol.
 *
 * @throws Error for an asset that is not `policyId.assetNameHex`, or decimals that are not a whole number from 0 to 18.
 */
export function createAssetRegistry(added: readonly PricedAsset[]): AssetRegistry {
  for (const { symbol, asset, decimals } of added) {
    if (parseAssetId(asset) === undefined || asset === 'lovelace')
      throw new Error(
        `expected the asset of ${symbol} as lowercase <policyId>.<assetNameHex>, found "${asset}"`,
      );
    if (!Number.isInteger(decimals) || decimals < 0 || decimals > MOST_DECIMALS)
      throw new Error(`expected 0 to ${MOST_DECIMALS} decimals of ${symbol}, found ${decimals}`);
  }
  const wellKnown = KNOWN_ASSET_IDS.map((asset) => ({ asset, ...knownAsset(asset) }));
  return {
    bySymbol(symbol, network) {
      const isMeant = (each: { readonly symbol: string }) =>
        each.symbol.toLowerCase() === symbol.toLowerCase();
      const isOn = (asset: string, isUsd: boolean) =>
        asset === 'lovelace' || isUsd === (network === 'cardano:mainnet');
      return (
        added.find((each) => isMeant(each) && each.network === network) ??
        wellKnown.find((each) => isMeant(each) && isOn(each.asset, each.isUsd))
      );
    },
    decimalsOf: (asset) =>
      added.find((each) => each.asset === asset)?.decimals ??
      (isKnownAsset(asset) ? knownAsset(asset).decimals : undefined),
  };
}
