import type { Receipt, TxHash } from '@x402-facilitator/cardano';
import { type ChainProvider, ChainProviderError } from '@x402-facilitator/chain';
import type { ObservedInclusions } from '../settlement/index.js';

/**
 * What the chain does not bear out of a receipt: that its block holds the transaction, as deep as it says.
 * Whoever confirmed the payment asked the same; but between that and the signature lies Redis. The chain is asked only
 * where this process was not that one: a receipt costs the follower no call.
 *
 * @param readTip may be as old as the batch: a receipt claims a depth that was reached before.
 * @returns undefined when the chain agrees; else why it does not, or does not yet.
 */
export async function chainFault(
  inclusions: Pick<ObservedInclusions, 'inclusionOf' | 'tipHeight'>,
  provider: Pick<ChainProvider, 'getTransaction'>,
  readTip: ReadTip,
  { txHash, block, confirmations }: Pick<Receipt, 'block' | 'confirmations'> & { readonly txHash: TxHash },
): Promise<string | undefined> {
  const isDeep = (tipHeight: number) => tipHeight - block.height >= confirmations;
  const seen = inclusions.inclusionOf(txHash);
  try {
    if (seen === undefined || !isSamePoint(seen, block)) {
      const evidence = await provider.getTransaction(txHash);
      if (evidence === undefined) return 'no block holds it';
      if (!evidence.validContract) return 'its scripts failed: it paid nothing';
      const { hash, height, slot } = evidence.block;
      if (!isSamePoint(evidence.block, block))
        return `block ${hash} at height ${height} and slot ${slot} holds it`;
    }
    if (isDeep(inclusions.tipHeight() ?? Number.NEGATIVE_INFINITY)) return undefined;
    const tip = await readTip();
    return !isDeep(tip.height)
      ? `the tip at height ${tip.height} is not ${confirmations} blocks above it`
      : undefined;
  } catch (error) {
    if (error instanceof ChainProviderError) return `no provider answers: ${error.message}`;
    throw error;
  }
}

function isSamePoint(a: Point, b: Point): boolean {
  return a.hash === b.hash && a.height === b.height && a.slot === b.slot;
}

type Point = { readonly hash: string; readonly height: number; readonly slot: number };

/** The newest block, for a whole batch. */
export type ReadTip = () => Promise<{ readonly height: number }>;
