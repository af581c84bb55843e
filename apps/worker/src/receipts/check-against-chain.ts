import { DONE, err, type Receipt, type Result, type TxHash } from '@x402-facilitator/cardano';
import { type ChainProvider, ChainProviderError } from '@x402-facilitator/chain';
import type { ObservedInclusions } from '../settlement/index.js';

/**
 * Checks that the chain agrees with a receipt: its block holds the transaction, as deep as it says. The worker that
 * confirmed the payment checked the same, but the result passed through Redis, which may have been altered. The chain
 * is asked only if another worker confirmed it, so a receipt costs the follower no call.
 *
 * @param readTip may be as old as the batch, because a receipt claims a depth that was reached earlier.
 * @returns as its error, why the chain does not agree, or does not agree yet.
 */
export async function checkAgainstChain(
  inclusions: Pick<ObservedInclusions, 'inclusionOf' | 'tipHeight'>,
  provider: Pick<ChainProvider, 'getTransaction'>,
  readTip: ReadTip,
  { txHash, block, confirmations }: Pick<Receipt, 'block' | 'confirmations'> & { readonly txHash: TxHash },
): Promise<Result<undefined, string>> {
  const isDeep = (tipHeight: number) => tipHeight - block.height >= confirmations;
  const seen = inclusions.inclusionOf(txHash);
  try {
    if (seen === undefined || !isSamePoint(seen, block)) {
      const evidence = await provider.getTransaction(txHash);
      if (evidence === undefined) return err('no block holds it');
      if (!evidence.validContract) return err('its scripts failed: it paid nothing');
      const { hash, height, slot } = evidence.block;
      if (!isSamePoint(evidence.block, block))
        return err(`block ${hash} at height ${height} and slot ${slot} holds it`);
    }
    if (isDeep(inclusions.tipHeight() ?? Number.NEGATIVE_INFINITY)) return DONE;
    const { height } = await readTip();
    return isDeep(height) ? DONE : err(`the tip at height ${height} is not ${confirmations} blocks above it`);
  } catch (error) {
    if (error instanceof ChainProviderError) return err(`no provider answers: ${error.message}`);
    throw error;
  }
}

function isSamePoint(a: Receipt['block'], b: Receipt['block']): boolean {
  return a.hash === b.hash && a.height === b.height && a.slot === b.slot;
}

/** The newest block, for a whole batch. */
export type ReadTip = () => Promise<{ readonly height: number }>;
