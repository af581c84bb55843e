import type { ChainPoint } from '@x402-facilitator/cardano';
import {
  type ChainWindow,
  type InBlockSettlement,
  isInBlock,
  settlementsIn,
} from '@x402-facilitator/journal';
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
  const byHeight = new Map(window.map((point) => [point.height, point.hash]));
  for (const batch of batchesOf(await journal.included(network))) {
    const settlements = settlementsIn(await journal.readMany(network, batch)).filter(isInBlock);
    await Promise.all(settlements.map((settlement) => countOne(tick, settlement, head, byHeight)));
  }
}

async function countOne(
  tick: Tick,
  settlement: InBlockSettlement,
  head: ChainPoint,
  byHeight: ReadonlyMap<number, string>,
): Promise<void> {
  const { network, txHash, block, requiredConfirmations } = settlement;
  if (block.height > head.height) return;
  const canonical = byHeight.get(block.height);
  if (canonical !== undefined && canonical !== block.hash) return recordLostBlock(tick, settlement);

  const confirmations = head.height - block.height;
  const isDeepEnough = confirmations >= requiredConfirmations;
  if (!isDeepEnough && confirmations === settlement.confirmations) return;
  // A block older than the window: its rollback could have been missed, so the chain is asked.
  if (isDeepEnough && canonical === undefined) {
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
