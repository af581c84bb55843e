import type { TxHash } from '@x402-facilitator/cardano';
import {
  connectRedis,
  createRedisJournal,
  createSubmitQueue,
  disconnectRedis,
  redisSettingsFromUrl,
  type SubmitQueue,
  settlementsIn,
} from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import type { Stack } from '@x402-facilitator/tools/stack';
import type { Redis } from 'ioredis';

export type JournalAccess = {
  readonly redis: Redis;
  readonly journal: ReturnType<typeof createRedisJournal>;
  readonly queue: SubmitQueue;
  /** Waits until none of the network's settlements has still to be sent. */
  allSubmitted(transactions: readonly TxHash[]): Promise<readonly SubmissionTimes[]>;
  close(): Promise<void>;
};

/** POSIX milliseconds. */
export type SubmissionTimes = { readonly transaction: TxHash; readonly submittedAtMs: number };

const PATIENCE_MS = 600_000;
const READ_AT_A_TIME = 500;

/** The stack's journal and queue, read from beside its processes, as the bench sees the outcome of what it sent. */
export function openJournal({ network, redis: { url } }: Stack): JournalAccess {
  const redis = connectRedis({
    settings: redisSettingsFromUrl(url),
    role: 'worker',
    name: 'bench',
    onError: () => undefined,
  });
  const journal = createRedisJournal({ redis });
  const queue = createSubmitQueue({ network, redis, onError: () => undefined });
  return {
    redis,
    journal,
    queue,
    async allSubmitted(transactions) {
      // Cheap to ask while it goes on; the records are read only once, at the end.
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
      const times: SubmissionTimes[] = [];
      for (let at = 0; at < transactions.length; at += READ_AT_A_TIME) {
        const batch = transactions.slice(at, at + READ_AT_A_TIME);
        const settlements = settlementsIn(await journal.readMany(network, batch));
        if (settlements.length < batch.length)
          throw new Error(`expected ${batch.length} settlements, found ${settlements.length}`);
        for (const { txHash, state, submittedAtMs } of settlements) {
          if (submittedAtMs === undefined)
            throw new Error(`expected ${txHash} to be submitted, found it ${state}`);
          times.push({ transaction: txHash, submittedAtMs });
        }
      }
      return times;
    },
    async close() {
      await queue.close();
      await disconnectRedis(redis);
    },
  };
}
