import { LOVELACE, outRefKey, slot, type TxHash } from '@x402-facilitator/cardano';
import {
  connectRedis,
  createRedisJournal,
  createSubmitQueue,
  disconnectRedis,
  redisSettingsFromUrl,
  type Settlement,
  type SubmitQueue,
} from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import type { Stack } from '@x402-facilitator/tools/stack';
import type { Redis } from 'ioredis';
import { PRICE_LOVELACE, type PreparedPayment } from '../payments/index.js';

type Journal = ReturnType<typeof createRedisJournal>;

/** The journal and the queue of a stack, read from outside its processes. */
export type JournalAccess = {
  readonly redis: Redis;
  readonly journal: Journal;
  readonly queue: SubmitQueue;
  /** Claims a payment as `/settle` does, without verifying it. */
  claim(payment: Pick<PreparedPayment, 'txHash' | 'source' | 'bytes' | 'ttl'>, payer: string): Promise<void>;
  /** The records of these transactions, in their order. */
  readAll(txHashes: readonly TxHash[]): Promise<readonly (Settlement | undefined)[]>;
  /** Waits until none of the network's settlements is still to be sent; then, when each was submitted, POSIX milliseconds. */
  allSubmitted(txHashes: readonly TxHash[]): Promise<ReadonlyMap<TxHash, number>>;
  close(): Promise<void>;
};

const PATIENCE_MS = 600_000;
const READ_AT_A_TIME = 500;

export function connectBench(
  { redis }: Pick<Stack, 'redis'>,
  role: 'worker' | 'subscriber' = 'worker',
): Redis {
  const settings = redisSettingsFromUrl(redis.url);
  return connectRedis({ settings, role, name: 'bench', onError: () => undefined });
}

export function openJournal(stack: Pick<Stack, 'redis' | 'network' | 'payTo'>): JournalAccess {
  const { network, payTo } = stack;
  const redis = connectBench(stack);
  const journal = createRedisJournal({ redis });
  const queue = createSubmitQueue({ network, redis, onError: () => undefined });
  const readAll = async (txHashes: readonly TxHash[]) => {
    const settlements: (Settlement | undefined)[] = [];
    for (let at = 0; at < txHashes.length; at += READ_AT_A_TIME)
      for (const reading of await journal.readMany(network, txHashes.slice(at, at + READ_AT_A_TIME)))
        settlements.push(reading.ok ? reading.value : undefined);
    return settlements;
  };
  return {
    redis,
    journal,
    queue,
    readAll,
    async claim({ txHash, source, bytes, ttl }, payer) {
      await journal.claim({
        ...{ network, txHash, payer, payTo, asset: LOVELACE, amount: PRICE_LOVELACE },
        method: 'default',
        binding: 'bench',
        requiredConfirmations: 1,
        inputs: [outRefKey(source)],
        ttl: slot(ttl),
        expiresAtMs: Date.now() + 3_000_000,
        signedTransaction: bytes,
        hasScripts: false,
      });
    },
    async allSubmitted(txHashes) {
      // Counting is cheap enough to repeat; the records are read only once, at the end.
      await waitUntil(
        async () => {
          const { waiting = 0, active = 0 } = await queue.counts();
          if (waiting + active > 0) return false;
          // What was claimed a moment ago may not be in the queue yet.
          const backlog = await journal.backlog(network);
          return backlog.every(({ state }) => state !== 'queued' && state !== 'submitting');
        },
        { what: 'everything to be submitted', timeoutMs: PATIENCE_MS },
      );
      const records = await readAll(txHashes);
      return new Map(
        txHashes.map((txHash, index) => {
          const settlement = records[index];
          if (settlement?.submittedAtMs === undefined)
            throw new Error(`expected ${txHash} to be submitted, found it ${settlement?.state ?? 'unknown'}`);
          return [txHash, settlement.submittedAtMs];
        }),
      );
    },
    async close() {
      await queue.close();
      await disconnectRedis(redis);
    },
  };
}
