import type { ChainPoint, TxHash } from '@x402-facilitator/cardano';
import { ChainProviderError } from '@x402-facilitator/chain';
import { type ChainWindow, type NotedBlock, type Settlement, settlementsIn } from '@x402-facilitator/journal';
import pMap from 'p-map';
import { isFollowed } from '../lookups/index.js';
import { recordInclusion } from '../settlement/index.js';
import { batchesOf, type Tick } from './context.js';

const PAGE = 100;
/** Calls at a time; the provider's own budget limits them too. */
const CONCURRENT_LOOKUPS = 8;

/**
 * Finds the settlements that the new blocks hold, in the cheaper of two ways: it lists the blocks' transactions, or
 * asks for each settlement that is not in a block yet. The journal must know of these blocks: a settlement that one of
 * them holds as deep as asked is confirmed at once, and a rollback of that must be noticed whatever happens to this process.
 *
 * @param window the blocks up to these, and these.
 * @throws ChainProviderError when the provider did not answer. Nothing is skipped: the same blocks are matched again.
 */
export async function matchBlocks(
  tick: Tick,
  window: ChainWindow,
  blocks: readonly NotedBlock[],
): Promise<void> {
  const { journal, network } = tick.context;
  const { awaiting } = await journal.counts(network);
  const head = blocks.at(-1);
  if (awaiting === 0 || head === undefined) return;
  const listing = blocks.reduce((pages, block) => pages + Math.ceil(block.transactionCount / PAGE), 0);
  if (listing <= awaiting) await matchByListing(tick, blocks, head);
  else await matchByAsking(tick, window, head, true);
}

/**
 * Asks for every settlement that may have been sent and is not in a block yet.
 *
 * @param isNoted whether the journal knows of the window, so that a block of it may confirm.
 */
export async function matchByAsking(
  { context, leaseFence }: Tick,
  window: ChainWindow,
  head: ChainPoint,
  isNoted: boolean,
): Promise<void> {
  const { journal, network, provider } = context;
  const { awaiting } = await journal.counts(network);
  for (const batch of batchesOf(await journal.awaiting(network, awaiting))) {
    const settlements = settlementsIn(await journal.readMany(network, batch));
    // Without an attempt it is unlikely to be in a block. If its payer sent it, our own attempt will find it there.
    const sent = settlements.filter(({ attempts }) => attempts > 0);
    const look = async (settlement: Settlement) => {
      const evidence = await provider.getTransaction(settlement.txHash);
      // A block newer than the head is matched with the next blocks. The rollback of one that the window does not hold
      // would be missed.
      if (evidence === undefined || !isFollowed(window, evidence.block)) return;
      const confirmations = head.height - evidence.block.height;
      await recordInclusion(context, settlement, {
        ...evidence,
        confirmations,
        leaseFence,
        isNoted,
      });
    };
    await pMap(sent, look, { concurrency: CONCURRENT_LOOKUPS });
  }
}

async function matchByListing(tick: Tick, blocks: readonly NotedBlock[], head: ChainPoint): Promise<void> {
  const { context, leaseFence } = tick;
  const { journal, network } = context;
  for (const block of blocks) {
    const matched = await journal.matchAwaiting(network, await listTransactions(context, block));
    for (const batch of batchesOf(matched)) {
      const settlements = settlementsIn(await journal.readMany(network, batch));
      // Concurrently, and so in one write to Redis: none has to wait for those before it.
      await Promise.all(
        settlements
          .filter(({ hasScripts }) => !hasScripts)
          .map((settlement) => {
            const confirmations = head.height - block.height;
            return recordInclusion(context, settlement, {
              block,
              validContract: true,
              confirmations,
              leaseFence,
              isNoted: true,
            });
          }),
      );
      await pMap(
        settlements.filter(({ hasScripts }) => hasScripts),
        (settlement) => recordScripts(tick, settlement, block, head),
        { concurrency: CONCURRENT_LOOKUPS },
      );
    }
  }
}

/**
 * A block may hold a transaction whose scripts failed. Only its evidence shows that, and the evidence must be about
 * this block.
 */
async function recordScripts(
  { context, leaseFence }: Tick,
  settlement: Settlement,
  block: NotedBlock,
  head: ChainPoint,
): Promise<void> {
  const { journal, network, provider, now, tickMs } = context;
  const evidence = await provider.getTransaction(settlement.txHash);
  if (evidence?.block.hash !== block.hash) {
    await journal.postpone(network, settlement.txHash, now() + tickMs);
    return;
  }
  const confirmations = evidence.validContract ? head.height - block.height : 0;
  await recordInclusion(context, settlement, { ...evidence, confirmations, leaseFence, isNoted: true });
}

async function listTransactions(
  { provider }: Tick['context'],
  block: NotedBlock,
): Promise<readonly TxHash[]> {
  const listed: TxHash[] = [];
  for (let page = 1; (page - 1) * PAGE < block.transactionCount; page += 1) {
    const ids = await provider.getBlockTransactions(block.hash, page);
    if (ids === undefined) {
      throw new ChainProviderError(`expected the transactions of block ${block.hash}, found no such block`, {
        provider: provider.name,
        operation: 'block_transactions',
      });
    }
    listed.push(...ids);
  }
  return listed;
}
