import type { ChainPoint } from '@x402-facilitator/cardano';
import {
  type ChainWindow,
  type InBlockSettlement,
  isInBlock,
  settlementsIn,
} from '@x402-facilitator/journal';
import { leftTheChain, pointAt } from '../lookups/index.js';
import { batchesOf, type Tick } from './context.js';
import { isStillInItsBlock, recordLostBlock } from './heal-rollback.js';

/**
 * Counts the blocks on top of every included settlement and confirms those that are deep enough. The depth comes from
 * the window; only a block older than the window costs a call.
 */
export async function countConfirmations(tick: Tick, window: ChainWindow): Promise<void> {
  const { journal, network } = tick.context;
  const head = window.at(-1);
  if (head === undefined) return;
  for (const batch of batchesOf(await journal.included(network))) {
    const settlements = settlementsIn(await journal.readMany(network, batch)).filter(isInBlock);
    await Promise.all(settlements.map((settlement) => countOne(tick, settlement, window, head)));
  }
}

async function countOne(
  tick: Tick,
  settlement: InBlockSettlement,
  window: ChainWindow,
  head: ChainPoint,
): Promise<void> {
  const { network, txHash, block, requiredConfirmations } = settlement;
  if (block.height > head.height) return;
  if (leftTheChain(window, block)) return recordLostBlock(tick, settlement);

  const confirmations = head.height - block.height;
  const isDeepEnough = confirmations >= requiredConfirmations;
  if (!isDeepEnough && confirmations === settlement.confirmations) return;
  // A block older than the window: its rollback could have been missed, so the chain is asked.
  if (isDeepEnough && pointAt(window, block.height) === undefined) {
    if (!(await isStillInItsBlock(tick.context.provider, settlement)))
      return recordLostBlock(tick, settlement);
  }
  await tick.context.writer.transition({
    network,
    txHash,
    from: ['included'],
    to: isDeepEnough ? 'confirmed' : 'included',
    leaseFence: tick.leaseFence,
    change: { confirmations },
  });
}
