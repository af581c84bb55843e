import { type ChainBlock, type ChainProvider, ChainProviderError } from '@x402-facilitator/chain';
import type { ChainWindow } from '@x402-facilitator/journal';

/**
 * Finds the newest block of the window that is still on the chain, by binary search: all blocks up to it are canonical,
 * and none above it.
 *
 * @returns its index, or -1 when the fork is below the window.
 * @throws ChainProviderError when the provider does not show its own chain consistently.
 */
export async function findFork(
  provider: Pick<ChainProvider, 'getBlock' | 'name'>,
  window: ChainWindow,
  tip: ChainBlock,
): Promise<number> {
  let canonical = -1;
  let gone = window.length;
  while (gone - canonical > 1) {
    const middle = Math.floor((canonical + gone) / 2);
    const point = window[middle];
    if (point === undefined) break;
    if (await isCanonical(provider, point, tip)) canonical = middle;
    else gone = middle;
  }
  return canonical;
}

async function isCanonical(
  provider: Pick<ChainProvider, 'getBlock' | 'name'>,
  point: ChainWindow[number],
  tip: ChainBlock,
): Promise<boolean> {
  if (point.height > tip.height) return false;
  if (point.height === tip.height) return point.hash === tip.hash;
  const block = await provider.getBlock(point.height);
  if (block !== undefined) return block.hash === point.hash;
  throw new ChainProviderError(`expected a block at height ${point.height} below the tip, found none`, {
    provider: provider.name,
    operation: 'block',
  });
}
