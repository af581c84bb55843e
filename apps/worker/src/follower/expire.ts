import type { ChainPoint, Slot } from '@x402-facilitator/cardano';
import { AWAITING_STATES, type ChainWindow, type Settlement, settlementsIn } from '@x402-facilitator/journal';
import { isFollowed, lookOnChain } from '../lookups/index.js';
import { recordInclusion } from '../settlement/index.js';
import type { Tick } from './context.js';

/** Per tick. Each costs two calls, and none is urgent: these payments cannot succeed any more. */
const BATCH = 10;

/**
 * Expires settlements that no block can include any more. Three things must hold: the TTL and the grace time have
 * passed by the clock; the chain has passed the TTL so deep that no rollback leads back before it, and all its blocks up
 * to the head were matched; a last look-up does not find the transaction.
 */
export async function expire(tick: Tick, window: ChainWindow): Promise<void> {
  const { journal, network, now, graceMs } = tick.context;
  const head = window.at(-1);
  if (head === undefined) return;
  const overdue = await journal.overdue(network, now() - graceMs, BATCH);
  if (overdue.length === 0) return;
  const deep = await deepPoint(tick.context, window, head);
  if (deep === undefined) return;
  for (const settlement of settlementsIn(await journal.readMany(network, overdue)))
    if (settlement.ttl !== undefined && deep.slot >= settlement.ttl)
      await expireOne(tick, { ...settlement, ttl: settlement.ttl }, window, head);
}

/** The block with `failureDepth` blocks on top. After a quiet time the window does not reach down to it. */
async function deepPoint(
  { provider, failureDepth }: Tick['context'],
  window: ChainWindow,
  head: ChainPoint,
): Promise<ChainPoint | undefined> {
  const height = head.height - failureDepth;
  return height < 0 ? undefined : (window.at(-1 - failureDepth) ?? provider.getBlock(height));
}

async function expireOne(
  { context, leaseFence }: Tick,
  settlement: Settlement & { readonly ttl: Slot },
  window: ChainWindow,
  head: ChainPoint,
): Promise<void> {
  const { writer, schemes, provider } = context;
  const { network, txHash, ttl } = settlement;
  const found = await lookOnChain(provider, txHash);
  if (found.kind === 'on-chain') {
    // Else it is matched with the next blocks.
    if (!isFollowed(window, found.evidence.block)) return;
    const confirmations = head.height - found.evidence.block.height;
    await recordInclusion(context, settlement, { ...found.evidence, confirmations, leaseFence });
    return;
  }
  // No mempool keeps a transaction past its TTL, so it does not matter whether one can be read.
  if (found.kind !== 'nowhere' && found.kind !== 'not-on-chain') return;
  if (settlement.state === 'confirmed') {
    await writer.transition({ network, txHash, from: ['confirmed'], to: 'submitted', leaseFence });
  }
  await writer.transition({
    network,
    txHash,
    from: AWAITING_STATES,
    to: 'expired',
    leaseFence,
    change: {
      errorReason: schemes.of(settlement.scheme).codes.expired,
      errorMessage: `its TTL, slot ${ttl}, has passed: the chain is at slot ${head.slot}, and neither it nor a mempool holds the transaction`,
      proof: { kind: 'ttl-passed', ttl, tip: head },
    },
  });
}
