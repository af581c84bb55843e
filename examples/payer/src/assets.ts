import type { Assets } from '@lucid-evolution/lucid';

/** Lucid writes policy id and asset name without a separator. */
export function unitOf(asset: string): string {
  return asset.replace('.', '');
}

/** An amount of one asset, as Lucid writes it. */
export function assetsOf(asset: string, amount: string): Assets {
  return { [unitOf(asset)]: BigInt(amount) };
}
