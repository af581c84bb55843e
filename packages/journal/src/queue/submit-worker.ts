import type { Network } from '@x402-facilitator/cardano';
import { UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { z } from 'zod';
import { QUEUE_PREFIX, type SubmitJob, submitJobSchema, submitQueueName } from './contracts.js';

/**
 * How soon a killed worker's job is picked up: its lock ends at most `lockDuration` after the last renewal and the next
 * check for stalled jobs comes at most `stalledInterval` later, together well under 15 s. The number of stalls is not
 * limited: the record decides about the payment, not how many workers died on it.
 */
export const SUBMIT_WORKER_TIMING = {
  lockDuration: 8_000,
  stalledInterval: 3_000,
  maxStalledCount: 1_000,
} as const;

export type SubmitWorkerOptions = {
  readonly network: Network;
  /** A `worker` connection; it stays open when the worker closes. */
  readonly redis: Redis;
  /** Jobs at a time. */
  readonly concurrency: number;
  readonly process: (job: SubmitJob) => Promise<void>;
  readonly events: SubmitWorkerEvents;
};

/** A job with unchecked data: bad data may be why it failed. */
export type FailedJob = { readonly id: string | undefined; readonly traceparent: string | undefined };

/** Events of a worker that operators want to know about. */
export type SubmitWorkerEvents = {
  /** The connection, or BullMQ itself. */
  readonly error: (error: Error) => void;
  /** A job of a worker that vanished was taken back. */
  readonly stalled: (jobId: string) => void;
  /** This worker lost the locks of jobs that it still runs. */
  readonly lockRenewalFailed: (jobIds: readonly string[]) => void;
  /** `process` threw. The record still holds what is known, and the sweeper retries. */
  readonly failed: (job: FailedJob, error: Error) => void;
};

export interface SubmitWorker {
  /**
   * Takes no further job and waits for the running ones.
   *
   * @returns false when some were still running after `timeoutMs`: another worker takes them over.
   */
  close(timeoutMs: number): Promise<boolean>;
}

/** The consuming side of `submit-<network>`; it takes jobs from now on. */
export function createSubmitWorker(options: SubmitWorkerOptions): SubmitWorker {
  const { network, redis, concurrency, process, events } = options;
  const worker = new Worker<unknown, void, string>(
    submitQueueName(network),
    async (job) => {
      const parsed = submitJobSchema.safeParse(job.data);
      if (!parsed.success) {
        throw new UnrecoverableError(`job ${job.id}: ${z.prettifyError(parsed.error)}`);
      }
      await process(parsed.data);
    },
    { connection: redis, prefix: QUEUE_PREFIX, concurrency, ...SUBMIT_WORKER_TIMING },
  );
  worker.on('error', events.error);
  worker.on('stalled', events.stalled);
  worker.on('lockRenewalFailed', events.lockRenewalFailed);
  worker.on('failed', (job, error) => {
    const { data } = submitJobSchema.safeParse(job?.data);
    events.failed({ id: job?.id, traceparent: data?.traceparent }, error);
  });

  return {
    async close(timeoutMs) {
      const closed = worker.close().then(() => true);
      return pTimeout(closed, { milliseconds: timeoutMs, fallback: () => false });
    },
  };
}
