import type { InBlockSettlement } from '@x402-facilitator/journal';
import type { Tick } from './context.js';
import { isStillInItsBlock } from './is-still-in-its-block.js';

/**
 * Takes back what a rollback took: everything in a block above `height` waits for a block again. The new blocks are
 * matched right after; what they do not hold is looked for a moment later, and sent again where it is nowhere.
 *
 * @returns how many settlements lost their block.
 */
export async function healRollback(tick: Tick, height: number): Promise<number> {
  const { journal, network } = tick.context;
  const affected = await journal.includedAbove(network, height);
  await Promise.all(affected.map((settlement) => takeBack(tick, settlement)));
  return affected.length;
}

/**
 * The chain parted below the blocks that are kept, which may be very few after a quiet time: everything that is in a
 * block is asked for.
 *
 * @returns how many settlements lost their block.
 */
export async function healDeepRollback(tick: Tick): Promise<number> {
  const { journal, network, provider } = tick.context;
  const landed = await journal.includedAbove(network, -1);
  let affected = 0;
  for (const settlement of landed) {
    if (await isStillInItsBlock(provider, settlement)) continue;
    await takeBack(tick, settlement);
    affected += 1;
  }
  return affected;
}

/** One settlement's block left the chain. */
export async function takeBack({ context, leaseFence }: Tick, settlement: InBlockSettlement): Promise<void> {
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
