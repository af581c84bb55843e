import type { Network, TxHash } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { answered, defineScript, scanKeys } from '../redis/index.js';
import type { Journal } from './journal.js';
import { journalKeys } from './keys.js';
import { type BacklogState, decodeBacklogReply, decodeIds, decodeRecentReply } from './replies.js';
import { backlogScript } from './scripts/backlog.js';
import { recentScript } from './scripts/recent.js';
import {
  type InBlockSettlement,
  isInBlock,
  type Reading,
  settlementsIn,
  type UnreadableSettlement,
} from './settlement.js';
import type { SettlementState } from './states.js';
import type { UnreadableRecords } from './unreadable.js';

/** How much is in flight. */
export type PendingCounts = {
  /** Not ended. */
  readonly pending: number;
  /** Not in a block yet, mempool-confirmed ones included. */
  readonly awaiting: number;
  /** Confirmed, inside the stability window. */
  readonly watched: number;
};

export type RecentSearch = {
  readonly state?: SettlementState | undefined;
  readonly payer?: string | undefined;
  /** POSIX milliseconds; now when unset. */
  readonly newestMs?: number | undefined;
  readonly limit: number;
};

export type RecentSettlements = {
  readonly txHashes: readonly TxHash[];
  /** Where there may be more. POSIX milliseconds. */
  readonly nextMs: number | undefined;
};

/**
 * The journal as the worker reads it: indexes that answer "what must be looked at now" without reading every record.
 * Each script that writes a record updates them. A batch leaves out records that could not be read a moment ago.
 *
 * @throws JournalUnavailableError from every method when Redis does not answer.
 */
export interface SettlementIndex {
  counts(network: Network): Promise<PendingCounts>;
  /** When the oldest unfinished settlement was queued, POSIX ms. */
  oldestPendingMs(network: Network): Promise<number | undefined>;
  /**
   * The unfinished settlements by state, without empty states. Of a very long backlog it counts only the oldest 10 000.
   */
  backlog(network: Network): Promise<readonly BacklogState[]>;
  /** Not in a block yet, the first to expire first. */
  awaiting(network: Network, limit: number): Promise<readonly TxHash[]>;
  /** Those of the given ids that are not in a block yet. */
  matchAwaiting(network: Network, txHashes: readonly TxHash[]): Promise<readonly TxHash[]>;
  /** Not in a block yet though their TTL slot began at or before `expiredBeforeMs`. */
  overdue(network: Network, expiredBeforeMs: number, limit: number): Promise<readonly TxHash[]>;
  /** In a block and not deep enough yet. */
  included(network: Network): Promise<readonly TxHash[]>;
  /** In a block higher than `height`: a rollback to that height undoes these. */
  includedAbove(network: Network, height: number): Promise<readonly InBlockSettlement[]>;
  /** Confirmed, and their stability window has ended. */
  stable(network: Network, nowMs: number, limit: number): Promise<readonly TxHash[]>;
  /** Makes a stable confirmation terminal. False when it is not stable, or not any more. */
  conclude(network: Network, txHash: TxHash, leaseFence?: number): Promise<boolean>;
  /** What the sweeper should look at, most overdue first. */
  due(network: Network, nowMs: number, limit: number): Promise<readonly TxHash[]>;
  /**
   * Every settlement that is kept, unordered, in batches. It may miss only settlements claimed after it began. For
   * exports: it scans all of Redis's keys.
   */
  all(network: Network): AsyncIterable<readonly Reading[]>;
  /**
   * POSIX ms by Redis's clock, the only one that all workers share: their own may differ by seconds. It leaps with the `now`
   * that the journal was given.
   */
  sharedNowMs(): Promise<number>;
  /**
   * Settlements that were claimed in the last day, newest first. One call looks through at most 10 000; the next one goes on
   * at `nextMs`, and begins with what was claimed in that same millisecond.
   */
  recent(network: Network, search: RecentSearch): Promise<RecentSettlements>;
  /** Postpones the next look at it. Does nothing when no look was due. */
  postpone(network: Network, txHash: TxHash, untilMs: number): Promise<void>;
  /** The records that this process could not read earlier and still cannot read. */
  unreadable(network: Network): Promise<readonly UnreadableSettlement[]>;
}

/** Reads the indexes that the journal's scripts keep. */
export function createSettlementIndex({
  redis,
  now,
  readMany,
  conclude,
  unreadables,
}: {
  readonly redis: Redis;
  readonly now: () => number;
  readonly readMany: Journal['readMany'];
  readonly conclude: SettlementIndex['conclude'];
  readonly unreadables: UnreadableRecords;
}): SettlementIndex {
  const backlog = defineScript(redis, backlogScript);
  const recent = defineScript(redis, recentScript);
  const lowest = async (
    network: Network,
    index: 'awaiting' | 'watched' | 'due',
    max: number | '+inf',
    limit: number,
  ) => {
    const key = journalKeys(network)[index];
    const enough = limit + unreadables.of(network).length;
    const found = decodeIds(await answered(() => redis.zrangebyscore(key, '-inf', max, 'LIMIT', 0, enough)));
    return found.filter((txHash) => !unreadables.isResting(network, txHash)).slice(0, limit);
  };

  return {
    async counts(network) {
      const keys = journalKeys(network);
      const [pending, awaiting, watched] = await answered(() =>
        Promise.all([redis.zcard(keys.pending), redis.zcard(keys.awaiting), redis.zcard(keys.watched)]),
      );
      return { pending, awaiting, watched };
    },

    async oldestPendingMs(network) {
      const [, score] = await answered(() =>
        redis.zrange(journalKeys(network).pending, 0, '0', 'WITHSCORES'),
      );
      return score === undefined ? undefined : Number(score);
    },

    async backlog(network) {
      const { pending, prefix } = journalKeys(network);
      return decodeBacklogReply(await backlog([pending], [prefix]));
    },

    awaiting: (network, limit) => lowest(network, 'awaiting', '+inf', limit),

    async matchAwaiting(network, txHashes) {
      if (txHashes.length === 0) return [];
      const scores = await answered(() => redis.zmscore(journalKeys(network).awaiting, ...txHashes));
      return txHashes.filter((_, index) => scores[index] !== null);
    },

    overdue: (network, expiredBeforeMs, limit) =>
      lowest(network, 'awaiting', Math.floor(expiredBeforeMs), limit),

    async included(network) {
      return decodeIds(await answered(() => redis.zrange(journalKeys(network).included, 0, '-1')));
    },

    async includedAbove(network, height) {
      const keys = journalKeys(network);
      const [included, watched] = await answered(() =>
        Promise.all([
          redis.zrangebyscore(keys.included, `(${height}`, '+inf'),
          redis.zrange(keys.watched, 0, '-1'),
        ]),
      );
      // Watched settlements are indexed by the end of their window. A rollback is rare enough to read them all.
      return settlementsIn(await readMany(network, decodeIds([...included, ...watched])))
        .filter(isInBlock)
        .filter(({ block }) => block.height > height);
    },

    stable: (network, nowMs, limit) => lowest(network, 'watched', Math.floor(nowMs), limit),

    conclude,

    due: (network, nowMs, limit) => lowest(network, 'due', Math.floor(nowMs), limit),

    async *all(network) {
      for await (const names of scanKeys(redis, journalKeys(network).record('' as TxHash)))
        yield await readMany(network, decodeIds(names));
    },

    async recent(network, { state = '', payer = '', newestMs, limit }) {
      const { recent: key, prefix } = journalKeys(network);
      return decodeRecentReply(await recent([key], [prefix, state, payer, newestMs ?? '+inf', limit]));
    },

    async sharedNowMs() {
      const [seconds, microseconds] = await answered(() => redis.time());
      const aheadMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000 - Date.now();
      return Math.floor(now() + aheadMs);
    },

    async postpone(network, txHash, untilMs) {
      await answered(() => redis.zadd(journalKeys(network).due, 'XX', Math.floor(untilMs), txHash));
    },

    async unreadable(network) {
      const readings = await readMany(network, unreadables.of(network));
      return readings.flatMap((reading) => (reading.ok ? [] : [reading.error]));
    },
  };
}
