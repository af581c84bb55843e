import type { ChainPoint } from '@x402-facilitator/cardano';
import { AWAITING_STATES, type Settlement, settlementsIn } from '@x402-facilitator/journal';
import { lookOnChain } from '../lookups/index.js';
import { recordInclusion } from '../settlement/index.js';
import type { Tick } from './context.js';

/** Each costs two calls, and none is urgent: its payment can no longer succeed. */
const BATCH = 10;

/**
 * Expires what no block can include any more: its TTL has passed by the clock, grace included, and by the chain, whose
 * blocks up to the head have all been matched, and a last look finds it nowhere.
 */
export async function expire(tick: Tick, head: ChainPoint): Promise<void> {
  const { journal, network, now, graceMs } = tick.context;
  const overdue = await journal.overdue(network, now() - graceMs, BATCH);
  for (const settlement of settlementsIn(await journal.readMany(network, overdue)))
    if (head.slot >= settlement.ttl) await expireOne(tick, settlement, head);
}

async function expireOne(
  { context, leaseFence }: Tick,
  settlement: Settlement,
  head: ChainPoint,
): Promise<void> {
  const { writer, schemes, provider } = context;
  const { network, txHash, ttl } = settlement;
  const found = await lookOnChain(provider, txHash);
  if (found.kind === 'on-chain') {
    const confirmations = Math.max(head.height - found.evidence.block.height, 0);
    await recordInclusion(context, settlement, { ...found.evidence, confirmations, leaseFence });
    return;
  }
  // Past its TTL no mempool keeps it, whether or not one can be seen.
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
      errorMessage: `its TTL, slot ${ttl}, has passed: the chain is at slot ${head.slot} and holds it nowhere, nor does a mempool`,
      proof: { kind: 'ttl-passed', ttl, tip: head },
    },
  });
}
