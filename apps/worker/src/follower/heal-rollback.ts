import type { ChainProvider } from '@x402-facilitator/chain';
import type { ChainWindow, InBlockSettlement } from '@x402-facilitator/journal';
import type { Tick } from './context.js';

/**
 * Makes every settlement in a block above `height` wait for a block again. The new blocks are matched right after. A
 * transaction that they do not hold is looked up a little later, and sent again if it is not found.
 *
 * @returns the settlements that lost their block.
 */
export async function healRollback(tick: Tick, height: number): Promise<readonly InBlockSettlement[]> {
  const { journal, network } = tick.context;
  const affected = await journal.includedAbove(network, height);
  await Promise.all(affected.map((settlement) => recordLostBlock(tick, settlement)));
  return affected;
}

/**
 * Does the same when the fork is below the kept blocks, of which there are few after a quiet time. It asks for every
 * transaction that is in a block.
 *
 * @returns the settlements that lost their block.
 */
export async function healDeepRollback(tick: Tick): Promise<readonly InBlockSettlement[]> {
  const { journal, network, provider } = tick.context;
  const included = await journal.includedAbove(network, -1);
  const affected: InBlockSettlement[] = [];
  for (const settlement of included) {
    if (await isStillInItsBlock(provider, settlement)) continue;
    await recordLostBlock(tick, settlement);
    affected.push(settlement);
  }
  return affected;
}

/**
 * How many blocks left the chain, at least: below the window, the blocks of settlements are all that is known.
 *
 * @param fork index in the window of the newest block that stayed, or -1.
 */
export function blocksLost(
  window: ChainWindow,
  fork: number,
  affected: readonly InBlockSettlement[],
): number {
  const heights = [...window.slice(fork + 1), ...affected.map(({ block }) => block)].map(
    ({ height }) => height,
  );
  return heights.length === 0 ? 0 : Math.max(...heights) - Math.min(...heights) + 1;
}

/** Makes one settlement wait for a block again: its block left the chain. */
export async function recordLostBlock(
  { context, leaseFence }: Tick,
  settlement: InBlockSettlement,
): Promise<void> {
  const { network, txHash, block } = settlement;
  await context.writer.transition({
    network,
    txHash,
    from: ['included', 'confirmed'],
    to: 'submitted',
    leaseFence,
    change: { lastProviderMessage: `block ${block.hash} left the chain` },
    lookAgainAtMs: context.now() + context.tickMs,
  });
}

/** Asks the chain whether a transaction is still in the block that its record names. */
export async function isStillInItsBlock(
  provider: Pick<ChainProvider, 'getTransaction'>,
  { txHash, block }: Pick<InBlockSettlement, 'txHash' | 'block'>,
): Promise<boolean> {
  const evidence = await provider.getTransaction(txHash);
  return evidence !== undefined && evidence.block.hash === block.hash;
}
