import { type ChainProvider, ChainProviderError } from '@x402-facilitator/shared/chain';
import type { Receipt } from '@x402-facilitator/shared/receipts';

/**
 * What the chain does not bear out of a receipt: that its block holds the transaction, as deep as it says.
 * Whoever confirmed the payment asked the same; but between that and the signature lies Redis.
 *
 * @param readTip may be as old as the batch: a receipt claims a depth that was reached before.
 * @returns undefined when the chain agrees; else why it does not, or does not yet.
 */
export async function chainFault(
  provider: Pick<ChainProvider, 'getTransaction'>,
  readTip: ReadTip,
  { transaction, block, confirmations }: Pick<Receipt, 'block' | 'confirmations'> & SettledTransaction,
): Promise<string | undefined> {
  try {
    const evidence = await provider.getTransaction(transaction);
    if (evidence === undefined) return 'no block holds it';
    if (!evidence.validContract) return 'its scripts failed: it paid nothing';
    const { hash, height, slot } = evidence.block;
    if (hash !== block.hash || height !== block.height || slot !== block.slot)
      return `block ${hash} at height ${height} and slot ${slot} holds it`;
    const tip = await readTip();
    return tip.height - height < confirmations
      ? `the tip at height ${tip.height} is not ${confirmations} blocks above it`
      : undefined;
  } catch (error) {
    if (error instanceof ChainProviderError) return `no provider answers: ${error.message}`;
    throw error;
  }
}

/** The newest block, for a whole batch. */
export type ReadTip = () => Promise<{ readonly height: number }>;

type SettledTransaction = { readonly transaction: Parameters<ChainProvider['getTransaction']>[0] };
