import type { ChainBlock } from '@x402-facilitator/chain';
import {
  type ChainPlace,
  type ChainWindow,
  isInBlock,
  type NotedBlock,
  type Settlement,
  settlementsIn,
} from '@x402-facilitator/journal';
import { leftTheChain } from '../lookups/index.js';
import { batchesOf, type FollowerContext, type Tick } from './context.js';
import { countConfirmations } from './count-confirmations.js';
import { expire } from './expire.js';
import { findFork } from './find-fork.js';
import { blocksLost, healDeepRollback, healRollback, recordLostBlock } from './heal-rollback.js';
import { matchBlocks, matchByAsking } from './match-blocks.js';
import { readNewBlocks } from './read-new-blocks.js';

export interface Follower {
  /**
   * Looks at the chain once, under the lease with the given fence.
   *
   * @throws ChainProviderError when the provider did not answer, JournalUnavailableError when Redis did not. The next
   *   tick then starts at the same place.
   */
  tick(leaseFence: number): Promise<void>;
}

/** Ticks between two looks at the tip while only confirmations are watched for a rollback. */
const WATCHING_TICKS = 4;
/** Confirmations that become terminal in one tick. */
const CONCLUDE_BATCH = 500;

/** Turns blocks into confirmations. Its position on the chain is in Redis, so that any worker can continue from it. */
export function createFollower(context: FollowerContext): Follower {
  const { network, provider, journal, windows, logger, keepBlocks, tickMs, onRollback, now } = context;
  let matched: ChainWindow = [];
  /** The blocks after them, while they are being matched. */
  let noted: readonly NotedBlock[] = [];
  let windowFence: number | undefined;
  let lastLookMs = Number.NEGATIVE_INFINITY;
  let shorterTicks = 0;

  const moveTo = async (tick: Tick, points: ChainWindow) => {
    matched = points.slice(-keepBlocks);
    noted = [];
    if (!(await windows.save(tick.leaseFence, matched))) windowFence = undefined;
  };

  /** Begins at the tip. Earlier inclusions are looked up one by one, not searched for in blocks. */
  const anchor = async (tick: Tick, tip: ChainBlock) => {
    await matchByAsking(tick, [tip], tip, false);
    await moveTo(tick, [tip]);
  };

  /**
   * Where the follower before this one stood. Without it, a rollback since then would go unnoticed: each transaction
   * that is in a block is asked for, and the follower begins at the tip.
   */
  const readPlace = async (tick: Tick): Promise<ChainPlace> => {
    const stored = await windows.readPlace();
    if (stored.ok) return stored.value;
    const affected = await healDeepRollback(tick);
    logger.error(
      { metadata: { reason: stored.error, affected: affected.length } },
      'the place on the chain cannot be read: following begins again at the tip',
    );
    return { matched: [], next: [] };
  };

  /** Whether any settlement is in a block that could leave the chain. If not, blocks long past need not be linked. */
  const hasInclusions = async () => {
    const { watched } = await journal.counts(network);
    return watched > 0 || (await journal.included(network)).length > 0;
  };

  /** Goes back to the newest block that is still on the chain. False when this tick cannot go on. */
  const goBack = async (tick: Tick, tip: ChainBlock): Promise<boolean> => {
    const window = [...matched, ...noted];
    const head = window.at(-1);
    if (head !== undefined && tip.height < head.height) {
      // A shorter chain usually means a lagging indexer, so look twice.
      shorterTicks += 1;
      if (shorterTicks < 2) return false;
    }
    const fork = await findFork(provider, window, tip);
    if (fork === window.length - 1) return false;
    const point = window[fork];
    const affected =
      point === undefined ? await healDeepRollback(tick) : await healRollback(tick, point.height);
    const blocks = blocksLost(window, fork, affected);
    const metadata = { from: head, to: point, blocks, affected: affected.length };
    logger.warn({ metadata }, 'the chain rolled back');
    onRollback(blocks);
    if (fork < matched.length) await moveTo(tick, matched.slice(0, fork + 1));
    else noted = noted.slice(0, fork + 1 - matched.length);
    return true;
  };

  /**
   * Makes confirmations terminal, but only after a look at the chain that still holds them: during an outage of the
   * providers, a stability window may end although its block has left the chain. A job may also have written a block
   * just after its rollback was dealt with.
   */
  const conclude = async (tick: Tick, seenAtMs: number) => {
    const concludeOne = async (settlement: Settlement) => {
      if (isInBlock(settlement) && leftTheChain(matched, settlement.block))
        await recordLostBlock(tick, settlement);
      else await journal.conclude(network, settlement.txHash, tick.leaseFence);
    };
    for (const batch of batchesOf(await journal.stable(network, seenAtMs, CONCLUDE_BATCH)))
      await Promise.all(settlementsIn(await journal.readMany(network, batch)).map(concludeOne));
  };

  const follow = async (tick: Tick, tip: ChainBlock): Promise<boolean> => {
    for (;;) {
      const head = noted.at(-1) ?? matched.at(-1);
      if (head === undefined || (tip.height - head.height > keepBlocks && !(await hasInclusions()))) {
        await anchor(tick, tip);
        return true;
      }
      const next = await readNewBlocks(provider, head, tip);
      if (next.kind === 'parted') {
        if (await goBack(tick, tip)) continue;
        return false;
      }
      shorterTicks = 0;
      if (noted.length === 0) {
        if (next.blocks.length === 0) return true;
        if (!(await windows.begin(tick.leaseFence, next.blocks))) {
          windowFence = undefined;
          return false;
        }
        noted = next.blocks;
      }
      const window = [...matched, ...noted];
      await matchBlocks(tick, window, noted);
      await moveTo(tick, window);
    }
  };

  return {
    async tick(leaseFence) {
      const tick: Tick = { context, leaseFence };
      const { pending, awaiting, watched } = await journal.counts(network);
      if (pending + awaiting + watched === 0) return;
      const onlyWatching = pending + awaiting === 0;
      if (onlyWatching && now() - lastLookMs < tickMs * WATCHING_TICKS) return;
      const lookedAtMs = now();
      lastLookMs = lookedAtMs;

      if (windowFence !== leaseFence) {
        ({ matched, next: noted } = await readPlace(tick));
        windowFence = leaseFence;
        shorterTicks = 0;
      }
      const tip = await provider.getTip();
      if (!(await follow(tick, tip))) return;
      await conclude(tick, lookedAtMs);
      await countConfirmations(tick, matched);
      await expire(tick, matched);
    },
  };
}
