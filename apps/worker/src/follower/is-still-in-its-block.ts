import type { ChainProvider } from '@x402-facilitator/chain';
import type { InBlockSettlement } from '@x402-facilitator/journal';

/** Asks the chain whether a transaction is still in the block that its record names. */
export async function isStillInItsBlock(
  provider: Pick<ChainProvider, 'getTransaction'>,
  { txHash, block }: Pick<InBlockSettlement, 'txHash' | 'block'>,
): Promise<boolean> {
  const evidence = await provider.getTransaction(txHash);
  return evidence !== undefined && evidence.block.hash === block.hash;
}
