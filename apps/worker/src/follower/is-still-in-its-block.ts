import type { ChainProvider } from '@x402-facilitator/chain';
import type { Settlement } from '@x402-facilitator/journal';

/** Asks the chain whether a transaction is still in the block that its record names. */
export async function isStillInItsBlock(
  provider: Pick<ChainProvider, 'getTransaction'>,
  { transaction, block }: Pick<Settlement, 'transaction' | 'block'>,
): Promise<boolean> {
  const evidence = await provider.getTransaction(transaction);
  return evidence !== undefined && evidence.block.hash === block?.hash;
}
