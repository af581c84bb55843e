import type { AssetFact, AssetId } from '@x402-facilitator/cardano';
import { type ChainProvider, ChainProviderError } from './provider.js';
import type { TipFreshness } from './tip-freshness.js';

/**
 * Reads what the chain knows of one asset. As with outputs, an error is never absence: `missing` means that a provider
 * at the tip of the chain knows no such asset.
 */
export async function readAssetFact(
  provider: ChainProvider,
  asset: AssetId,
  tipFreshness: () => Promise<TipFreshness>,
): Promise<AssetFact> {
  try {
    const found = await provider.getAsset(asset);
    if (found !== undefined) return { status: 'found', asset: found };
    const tip = await tipFreshness();
    return tip.current
      ? { status: 'missing' }
      : { status: 'unknown', reason: `${provider.name} does not know ${asset}, but ${tip.reason}` };
  } catch (error) {
    if (!(error instanceof ChainProviderError)) throw error;
    return { status: 'unknown', reason: error.message };
  }
}
