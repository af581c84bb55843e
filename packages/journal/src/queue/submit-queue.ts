import type { Network, TxHash } from '@x402-facilitator/cardano';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { answered, defineScript } from '../redis/index.js';
import {
  QUEUE_PREFIX,
  type StoredSubmitJob,
  type SubmitJob,
  storedJobOf,
  submitQueueName,
} from './contracts.js';

/** Where claims become jobs. */
export interface SubmitQueue {
  /**
   * Enqueues the job of a fresh claim. It does nothing when there is such a job already.
   *
   * @throws QueueUnavailableError when Redis does not answer. The claim stands: the sweeper enqueues it later.
   */
  enqueue(job: SubmitJob): Promise<void>;
  /**
   * Enqueues a settlement once more, unless a job of it is waiting or running.
   *
   * @returns whether there is a new job.
   * @throws QueueUnavailableError when Redis does not answer.
   */
  requeue(job: SubmitJob): Promise<boolean>;
  /**
   * Until `resume`, workers take no more jobs from this queue. Running jobs finish. Both survive restarts, and work on a
   * full Redis.
   *
   * @throws JournalUnavailableError when Redis does not answer.
   */
  pause(): Promise<void>;
  resume(): Promise<void>;
  isPaused(): Promise<boolean>;
  /** Jobs by their state, for people. */
  counts(): Promise<Readonly<Record<string, number>>>;
  /** When the job that has waited longest was put here, POSIX ms. */
  oldestWaitingMs(): Promise<number | undefined>;
  /** The jobs that failed last, newest first. The sweeper makes each of them anew, so this is for people. */
  failures(limit: number): Promise<readonly FailedJob[]>;
  /** BullMQ's state of a settlement's job; `unknown` when there is no job. */
  jobState(txHash: TxHash): Promise<string>;
  /** Closes the queue; the connection stays open. */
  close(): Promise<void>;
}

export type FailedJob = {
  /** The transaction id, as BullMQ has it. */
  readonly id: string;
  readonly reason: string;
  /** POSIX milliseconds. */
  readonly atMs: number | undefined;
};

/** Redis did not answer: the job was not enqueued, or it is unknown whether it was. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
}

export type SubmitQueueOptions = {
  readonly network: Network;
  readonly redis: Redis;
  readonly onError: (error: Error) => void;
};

/**
 * Finished jobs stay only for people to look at; the journal is the record. BullMQ ignores a job whose id is kept, so
 * `requeue` removes a finished one first.
 */
const KEEP = { age: 3_600, count: 1_000 };

/** A completed job adds nothing to the journal, so only the latest are kept, at about a kilobyte each. */
const KEEP_COMPLETED = { age: 3_600, count: 100 };

/** BullMQ writes five events per job to a stream. Nothing reads them: settlements have their own events. */
const KEPT_EVENTS = 100;

/**
 * Guarantees: pauses the queue as BullMQ's own script does, on a full Redis too: a script that has deleted may write,
 * whatever the memory. It leaves out the event, which nothing reads.
 *
 * Keys: the queue's marker, its meta.
 */
const pauseScript = {
  name: 'x402QueuePause',
  lua: `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], 'paused', 1)
`,
} as const;

/** The producing side of `submit-<network>`. */
export function createSubmitQueue({ network, redis, onError }: SubmitQueueOptions): SubmitQueue {
  const queue = new Queue<StoredSubmitJob, void, string>(submitQueueName(network), {
    connection: redis,
    prefix: QUEUE_PREFIX,
    skipVersionCheck: true,
    skipWaitingForReady: true,
    defaultJobOptions: { removeOnComplete: KEEP_COMPLETED, removeOnFail: KEEP },
    streams: { events: { maxLen: KEPT_EVENTS } },
  });
  queue.on('error', onError);

  // A connection without an offline queue must fail fast, so BullMQ must not wait for it to be ready.
  const ask = async <T>(command: () => Promise<T>): Promise<T> => {
    if (redis.status !== 'ready' && redis.options.enableOfflineQueue === false)
      throw new QueueUnavailableError(`Redis does not answer: the connection is ${redis.status}`);
    return answered(command, QueueUnavailableError);
  };
  const pauseQueue = defineScript(redis, pauseScript);
  const add = (job: SubmitJob) => queue.add('submit', storedJobOf(job), { jobId: job.txHash });
  return {
    async enqueue(job) {
      await ask(() => add(job));
    },
    requeue: (job) =>
      ask(async () => {
        const state = await queue.getJobState(job.txHash);
        const isFinished = state === 'completed' || state === 'failed';
        if (state !== 'unknown' && !isFinished) return false;
        if (isFinished) await queue.remove(job.txHash);
        await add(job);
        return true;
      }),
    async pause() {
      await pauseQueue([queue.toKey('marker'), queue.toKey('meta')], []);
    },
    resume: () => ask(() => queue.resume()),
    isPaused: () => ask(() => queue.isPaused()),
    counts: () => ask(() => queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed')),
    oldestWaitingMs: () =>
      ask(async () => {
        const [oldest] = await queue.getJobs(['waiting'], 0, 0, true);
        return oldest?.timestamp;
      }),
    failures: (limit) =>
      ask(async () => {
        const jobs = await queue.getFailed(0, limit - 1);
        return jobs.flatMap(({ id, failedReason, finishedOn }) =>
          id === undefined ? [] : [{ id, reason: failedReason, atMs: finishedOn }],
        );
      }),
    jobState: (txHash) => ask(() => queue.getJobState(txHash)),
    close: () => queue.close(),
  };
}
