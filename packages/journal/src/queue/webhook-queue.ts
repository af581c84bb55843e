import { Queue, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { z } from 'zod';
import { answered } from '../redis/index.js';
import { QUEUE_PREFIX } from './contracts.js';
import { SUBMIT_WORKER_TIMING } from './submit-worker.js';

const NAME = 'webhooks';
/** Nothing reads BullMQ's stream of events. */
const KEPT_EVENTS = 100;

/** A turn of an endpoint. What is sent to it, and when again, is in the outbox: the job only says whose turn it is. */
const jobSchema = z.object({ endpoint: z.string().min(1) }).readonly();
type TurnJob = z.output<typeof jobSchema>;

/** Where endpoints get their turns. One endpoint has one job at a time, so one worker. */
export interface WebhookQueue {
  /** Does nothing for an endpoint that waits for its turn, or has it. @throws JournalUnavailableError when Redis does not answer. */
  enqueue(endpointIds: readonly string[]): Promise<void>;
  /** Closes the queue; the connection stays open. */
  close(): Promise<void>;
}

export function createWebhookQueue(options: {
  readonly redis: Redis;
  readonly onError: (error: Error) => void;
}): WebhookQueue {
  const { redis, onError } = options;
  const queue = new Queue<TurnJob, void, string>(NAME, {
    connection: redis,
    prefix: QUEUE_PREFIX,
    skipVersionCheck: true,
    skipWaitingForReady: true,
    // Its id is free again as soon as its turn has ended.
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    streams: { events: { maxLen: KEPT_EVENTS } },
  });
  queue.on('error', onError);
  return {
    async enqueue(endpointIds) {
      if (endpointIds.length === 0) return;
      const jobs = endpointIds.map((endpoint) => ({
        name: 'turn',
        data: { endpoint },
        opts: { jobId: endpoint },
      }));
      await answered(() => queue.addBulk(jobs));
    },
    close: () => queue.close(),
  };
}

export interface WebhookWorker {
  /** Takes no further turn and waits for the running ones. False when some still ran after `timeoutMs`. */
  close(timeoutMs: number): Promise<boolean>;
}

/** Takes turns from now on. A worker that vanished loses its turns to the others within seconds. */
export function createWebhookWorker(options: {
  /** A `worker` connection; it stays open when the worker closes. */
  readonly redis: Redis;
  /** Turns at a time. */
  readonly concurrency: number;
  readonly process: (endpointId: string) => Promise<void>;
  /** The connection, BullMQ, or a turn that ended by an error. */
  readonly onError: (error: Error) => void;
}): WebhookWorker {
  const { redis, concurrency, process, onError } = options;
  const worker = new Worker<unknown, void, string>(
    NAME,
    async ({ id, data }) => {
      const job = jobSchema.safeParse(data);
      if (!job.success) throw new UnrecoverableError(`job ${id}: ${z.prettifyError(job.error)}`);
      await process(job.data.endpoint);
    },
    { connection: redis, prefix: QUEUE_PREFIX, concurrency, ...SUBMIT_WORKER_TIMING },
  );
  worker.on('error', onError);
  worker.on('failed', (_job, error) => onError(error));
  return {
    close: (timeoutMs) =>
      pTimeout(
        worker.close().then(() => true),
        { milliseconds: Math.max(timeoutMs, 1), fallback: () => false },
      ),
  };
}
