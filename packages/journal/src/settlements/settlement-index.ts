import type { Network, TxHash } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import type { Journal, SettlementIndex } from './journal.js';
import { journalKeys } from './keys.js';
import { decodeRecord, RECORD_FIELDS } from './record.js';
import { decodeBacklogReply, decodeIds } from './replies.js';
import { scanKeys } from './scan-keys.js';
import { backlogScript } from './scripts/backlog.js';
import { answered, defineScript } from './scripts/define.js';

/** Reads the indexes that the journal's scripts keep. */
export function createSettlementIndex({
  redis,
  readMany,
  conclude,
}: {
  readonly redis: Redis;
  readonly readMany: Journal['readMany'];
  readonly conclude: (
    network: Network,
    transaction: TxHash,
    leaseFence: number | undefined,
  ) => Promise<unknown>;
}): SettlementIndex {
  const backlog = defineScript(redis, backlogScript);
  const lowest = async (key: string, max: number, limit: number) =>
    decodeIds(await answered(() => redis.zrangebyscore(key, '-inf', max, 'LIMIT', 0, limit)));

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

    async awaiting(network, limit) {
      return decodeIds(
        await answered(() => redis.zrange(journalKeys(network).awaiting, 0, String(limit - 1))),
      );
    },

    async matchAwaiting(network, transactions) {
      if (transactions.length === 0) return [];
      const scores = await answered(() => redis.zmscore(journalKeys(network).awaiting, ...transactions));
      return transactions.filter((_, index) => scores[index] !== null);
    },

    overdue(network, expiredBeforeMs, limit) {
      return lowest(journalKeys(network).awaiting, Math.floor(expiredBeforeMs), limit);
    },

    async included(network) {
      return decodeIds(await answered(() => redis.zrange(journalKeys(network).included, 0, '-1')));
    },

    async landedAbove(network, height) {
      const keys = journalKeys(network);
      const [included, watched] = await answered(() =>
        Promise.all([
          redis.zrangebyscore(keys.included, `(${height}`, '+inf'),
          redis.zrange(keys.watched, 0, '-1'),
        ]),
      );
      // Watched ones are indexed by the end of their window: a rollback is rare enough to read them.
      const records = await answered(() =>
        Promise.all(
          decodeIds([...included, ...watched]).map((id) => redis.hmget(keys.record(id), ...RECORD_FIELDS)),
        ),
      );
      return records
        .map(decodeRecord)
        .filter((settlement) => settlement !== undefined)
        .filter(({ block }) => block !== undefined && block.height > height);
    },

    stable(network, nowMs, limit) {
      return lowest(journalKeys(network).watched, Math.floor(nowMs), limit);
    },

    async conclude(network, transaction, leaseFence) {
      return (await conclude(network, transaction, leaseFence)) === 1;
    },

    due(network, nowMs, limit) {
      return lowest(journalKeys(network).due, Math.floor(nowMs), limit);
    },

    async *all(network) {
      for await (const ids of scanKeys(redis, journalKeys(network).record('' as TxHash)))
        yield (await readMany(network, decodeIds(ids))).filter((one) => one !== undefined);
    },

    async postpone(network, transaction, untilMs) {
      await answered(() => redis.zadd(journalKeys(network).due, 'XX', Math.floor(untilMs), transaction));
    },
  };
}
