import type { ChainPoint } from '@x402-facilitator/cardano';
import { type ChainProvider, ChainProviderError } from '@x402-facilitator/chain';

/**
 * Whether a block is on the chain with so many blocks on top that it counts as there for good. False while the provider
 * does not answer.
 *
 * @param depth `chain.follower.failureDepth`. 0: to be in a block is enough, and nothing is asked.
 */
export async function isDeep(
  provider: Pick<ChainProvider, 'getTip' | 'getBlock'>,
  block: ChainPoint,
  depth: number,
): Promise<boolean> {
  if (depth === 0) return true;
  try {
    const tip = await provider.getTip();
    if (tip.height - block.height < depth) return false;
    return (await provider.getBlock(block.height))?.hash === block.hash;
  } catch (error) {
    if (error instanceof ChainProviderError) return false;
    throw error;
  }
}
