import type { TxHash } from '@x402-facilitator/cardano';
import {
  connectRedis,
  createSubmitQueue,
  createSubmitWorker,
  disconnectRedis,
  QueueUnavailableError,
  type RedisRole,
  redisSettingsFromUrl,
  type SubmitJob,
  submitQueueName,
} from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import { Queue } from 'bullmq';
import { afterEach, expect, it } from 'vitest';
import { QUEUE_PREFIX } from '../support/index.js';

const NETWORK = 'cardano:preview';
const jobOf = (digit: string): SubmitJob => ({ network: NETWORK, txHash: digit.repeat(64) as TxHash });

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openServer(exclusive = false) {
  const server = await startRedis({ exclusive });
  cleanups.push(server.stop);
  const connect = (role: RedisRole) => {
    const redis = connectRedis({
      settings: redisSettingsFromUrl(server.url),
      role,
      name: 'queue-test',
      onError: () => undefined,
    });
    cleanups.push(() => disconnectRedis(redis));
    return redis;
  };
  const produce = async () => {
    const redis = connect('producer');
    await expect.poll(() => redis.status).toBe('ready');
    const queue = createSubmitQueue({ network: NETWORK, redis, onError: () => undefined });
    cleanups.push(queue.close);
    return queue;
  };
  const consume = (process: (job: SubmitJob) => Promise<void>) => {
    const failures: string[] = [];
    const failedTraces: (string | undefined)[] = [];
    const worker = createSubmitWorker({
      network: NETWORK,
      redis: connect('worker'),
      concurrency: 5,
      process,
      events: {
        error: () => undefined,
        stalled: () => undefined,
        lockRenewalFailed: () => undefined,
        failed: ({ traceparent }, error) => {
          failures.push(error.message);
          failedTraces.push(traceparent);
        },
      },
    });
    cleanups.push(() => worker.close(5_000));
    return { worker, failures, failedTraces };
  };
  return { server, connect, produce, consume };
}

it('a job carries its trace context and is run once, however often it is enqueued while it waits', async () => {
  const { produce, consume } = await openServer();
  const queue = await produce();
  const job = { ...jobOf('a'), traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` };
  await queue.enqueue(job);
  await queue.enqueue(job);
  expect(await queue.requeue(job)).toBe(false);
  const seen: SubmitJob[] = [];
  consume(async (taken) => {
    seen.push(taken);
  });
  await queue.enqueue(jobOf('b'));
  await expect.poll(() => seen).toEqual([job, jobOf('b')]);
});

it('a failed job is reported with its trace', async () => {
  const { produce, consume } = await openServer();
  const queue = await produce();
  const { failedTraces } = consume(() => Promise.reject(new Error('no luck')));
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
  await queue.enqueue({ ...jobOf('a'), traceparent });
  await expect.poll(() => failedTraces).toEqual([traceparent]);
});

it('a settlement can be enqueued again after its job completed or failed', async () => {
  const { produce, consume } = await openServer();
  const queue = await produce();
  const seen: string[] = [];
  const { failures } = consume(async ({ txHash: transaction }) => {
    seen.push(transaction);
    if (transaction.startsWith('b')) throw new Error('no luck');
  });
  await queue.enqueue(jobOf('a'));
  await queue.enqueue(jobOf('b'));
  await expect.poll(() => seen.length).toBe(2);
  await expect.poll(() => failures).toEqual(['no luck']);
  await expect.poll(() => queue.requeue(jobOf('a'))).toBe(true);
  await expect.poll(() => queue.requeue(jobOf('b'))).toBe(true);
  await expect
    .poll(() =>
      seen
        .map(([first]) => first)
        .sort()
        .join(''),
    )
    .toBe('aabb');
});

it('closing waits for the running job, and what is enqueued later goes to another worker', async () => {
  const { produce, consume } = await openServer();
  const queue = await produce();
  const seen: string[] = [];
  let finish = () => {};
  const { worker } = consume(async ({ txHash: transaction }) => {
    seen.push(transaction);
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    seen.push('done');
  });
  await queue.enqueue(jobOf('a'));
  await expect.poll(() => seen).toHaveLength(1);
  const closed = worker.close(10_000);
  finish();
  expect(await closed).toBe(true);
  await queue.enqueue(jobOf('b'));
  consume(async ({ txHash: transaction }) => {
    seen.push(`other ${transaction}`);
  });
  await expect.poll(() => seen).toEqual([jobOf('a').txHash, 'done', `other ${jobOf('b').txHash}`]);
});

it('closing gives up on a job that takes too long', async () => {
  const { produce, consume } = await openServer();
  const queue = await produce();
  let finish = () => {};
  let isRunning = false;
  const { worker } = consume(async () => {
    isRunning = true;
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  await queue.enqueue(jobOf('a'));
  await expect.poll(() => isRunning).toBe(true);
  expect(await worker.close(50)).toBe(false);
  finish();
});

it('a job that this code did not enqueue fails, is named, and blocks no other job', async () => {
  const { connect, produce, consume } = await openServer();
  const raw = new Queue(submitQueueName(NETWORK), { connection: connect('worker'), prefix: QUEUE_PREFIX });
  cleanups.push(() => raw.close());
  await raw.add('submit', { network: 'eip155:1', transaction: 'xyz' }, { jobId: 'strange' });
  const seen: string[] = [];
  const { failures } = consume(async ({ txHash: transaction }) => {
    seen.push(transaction);
  });
  const queue = await produce();
  await queue.enqueue(jobOf('a'));
  await expect.poll(() => seen).toEqual([jobOf('a').txHash]);
  await expect.poll(() => failures).toEqual([expect.stringMatching(/job strange[\s\S]*network/)]);
});

it('enqueueing fails fast when Redis is gone, and when it was never there', async () => {
  const { server, produce, connect } = await openServer(true);
  const queue = await produce();
  await queue.enqueue(jobOf('a'));
  await server.stop();
  const startedMs = performance.now();
  await expect(queue.enqueue(jobOf('b'))).rejects.toBeInstanceOf(QueueUnavailableError);
  await expect(queue.requeue(jobOf('b'))).rejects.toBeInstanceOf(QueueUnavailableError);

  const late = createSubmitQueue({ network: NETWORK, redis: connect('producer'), onError: () => undefined });
  cleanups.push(late.close);
  await expect(late.enqueue(jobOf('c'))).rejects.toBeInstanceOf(QueueUnavailableError);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

it('a queue can be paused and resumed on a full Redis, and its job waits', async () => {
  const { connect, produce, consume } = await openServer(true);
  const queue = await produce();
  await queue.enqueue(jobOf('a'));
  const admin = connect('worker');
  await admin.config('SET', 'maxmemory', '100kb');
  await expect(queue.enqueue(jobOf('b'))).rejects.toBeInstanceOf(QueueUnavailableError);
  await queue.pause();
  expect(await queue.isPaused()).toBe(true);
  await admin.config('SET', 'maxmemory', '0');
  const seen: string[] = [];
  consume(async ({ txHash }) => {
    seen.push(txHash);
  });
  await queue.enqueue(jobOf('c'));
  // The worker has looked: its connection is known to Redis and blocks, as it does without work.
  await expect.poll(() => admin.client('LIST')).toContain('cmd=bzpopmin');
  expect(seen).toEqual([]);
  await admin.config('SET', 'maxmemory', '100kb');
  await queue.resume();
  expect(await queue.isPaused()).toBe(false);
  await admin.config('SET', 'maxmemory', '0');
  await expect.poll(() => seen.toSorted()).toEqual([jobOf('a').txHash, jobOf('c').txHash]);
});
