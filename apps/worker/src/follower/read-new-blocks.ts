import type { ChainPoint } from '@x402-facilitator/cardano';
import type { ChainBlock, ChainProvider } from '@x402-facilitator/chain';

/** How the chain continues after a block. */
export type Continuation =
  /** Blocks on top of it, oldest first; empty while it is the tip. */
  | { readonly kind: 'grown'; readonly blocks: readonly ChainBlock[] }
  /** The tip does not descend from it, or the provider does not know it. */
  | { readonly kind: 'parted' };

const PAGE = 100;

/**
 * Reads the blocks on top of a block: usually only the tip, else at most a page of headers. Each must be the child of
 * the one before.
 */
export async function readNewBlocks(
  provider: Pick<ChainProvider, 'getBlocksAfter'>,
  head: ChainPoint,
  tip: ChainBlock,
): Promise<Continuation> {
  if (tip.hash === head.hash) return { kind: 'grown', blocks: [] };
  if (tip.parentHash === head.hash) return { kind: 'grown', blocks: [tip] };
  if (tip.height <= head.height + 1) return { kind: 'parted' };

  const blocks = await provider.getBlocksAfter(head.hash, Math.min(tip.height - head.height, PAGE));
  if (blocks === undefined) return { kind: 'parted' };
  let parent = head.hash;
  for (const block of blocks) {
    if (block.parentHash !== parent) return { kind: 'parted' };
    parent = block.hash;
  }
  return { kind: 'grown', blocks };
}
