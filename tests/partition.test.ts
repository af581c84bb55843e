import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardDirectory, waitUntil } from '@x402-facilitator/tools/processes';
import { type FundedPayer, fundPayer, type Stack, startStack } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, post, signPayment } from './support/facilitator.js';
import { meansOrSkip } from './support/or-skip.js';
import { openPrivateNetwork } from './support/private-network.js';
import { startRedisGroup } from './support/redis-group.js';
import { replica } from './support/use-stack.js';

const network = meansOrSkip(await openPrivateNetwork());
/** A connection is given up after 4 s, a worker's after 12 s; then it looks for Redis every second. */
const GIVEN_UP = { timeout: 16_000, interval: 100 };

describe.skipIf(network === undefined)('packets that vanish without a word', () => {
  const cleanups: (() => Promise<unknown>)[] = [async () => network?.close()];
  const placeOf = async (name: string) => {
    if (network === undefined) throw new Error('expected a network');
    return network.host(name);
  };
  let stack: Stack;
  let payer: FundedPayer;
  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'x402-partition-'));
    guardDirectory(directory);
    cleanups.push(() => rm(directory, { recursive: true }));
    const redis = await startRedisGroup({ kind: 'single', directory, placeOf });
    cleanups.push(redis.stop);
    stack = await startStack({
      blockMs: 0,
      paywall: false,
      startedRedis: {
        url: `redis://${redis.settings.host}:${redis.settings.port}`,
        origin: 'a host',
        stop: redis.stop,
      },
      placeOf,
    });
    cleanups.push(stack.stop);
    payer = await fundPayer(stack, { outputs: 10 });
  });
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const cut = async (one: string, other: string) => {
    const heal = await network?.cut([await placeOf(one)], [await placeOf(other)]);
    return async () => heal?.();
  };
  const api = (path: string) => get(`${replica(stack.apis).url}${path}`);
  const settle = (request: object) =>
    post(`${replica(stack.apis).url}/settle`, request, { prefer: 'respond-async' });
  const stateOf = async (transaction: string) => (await api(`/status/${transaction}`)).body.state;
  const reaches = (transaction: string, state: string) =>
    waitUntil(async () => (await stateOf(transaction)) === state, { what: `${transaction} to be ${state}` });
  const redisOf = async () => ((await api('/health')).body.dependencies as { redis: object }).redis;
  const within = async <T>(limitMs: number, work: Promise<T>): Promise<T> => {
    const startedMs = performance.now();
    const answer = await work;
    expect(performance.now() - startedMs).toBeLessThan(limitMs);
    return answer;
  };

  test('between the API and Redis: every answer comes in time and says so, and it is over soon after the cut', async () => {
    const { request, transaction } = await signPayment(stack, payer);
    await settle(request);
    await reaches(transaction, 'submitted');
    const heal = await cut('api-1', 'redis-1');
    try {
      await expect.poll(redisOf, GIVEN_UP).toMatchObject({ status: 'down' });
      const { request: other } = await signPayment(stack, payer);
      // Once the connection is given up, nothing waits for it any more.
      await expect
        .poll(async () => (await settle(other)).body.errorMessage, GIVEN_UP)
        .toBe('the settlement journal does not answer');
      expect((await within(5_000, settle(other))).status).toBe(503);
      expect((await within(5_000, post(`${replica(stack.apis).url}/verify`, other))).status).toBe(503);
      expect((await within(5_000, api(`/status/${transaction}`))).status).toBe(503);
      expect((await within(5_000, api('/ready'))).status).toBe(200);
    } finally {
      await heal();
    }
    await expect.poll(redisOf, GIVEN_UP).toMatchObject({ status: 'up' });
    expect(await stateOf(transaction)).toBe('submitted');
  });

  test('between the worker and Redis: it says so, another one goes on, and nothing is sent twice when it is back', async () => {
    const second = await stack.startWorker();
    const heal = await cut('worker-1', 'redis-1');
    const worker = () => get(`${replica(stack.workers).url}/health`);
    try {
      await expect.poll(async () => (await worker()).status, GIVEN_UP).toBe(503);
      const { request, transaction } = await signPayment(stack, payer);
      await settle(request);
      await reaches(transaction, 'submitted');
      await stack.control.forge(2);
      await reaches(transaction, 'confirmed');
      // Its lease is another one's by now.
      expect((await worker()).body.networks).toMatchObject([{ isFollower: false }]);
    } finally {
      await heal();
    }
    // Alone again: it works only if it is really back.
    await expect.poll(async () => (await worker()).status, GIVEN_UP).toBe(200);
    await second.process.stop();
    const { request, transaction } = await signPayment(stack, payer);
    await settle(request);
    await reaches(transaction, 'submitted');
    expect(await stack.control.submission(transaction)).toMatchObject({ submitted: 1 });
  });

  test('between the worker and the provider: what was sent is in doubt, looked for and sent once', async () => {
    const heal = await cut('worker-1', 'devnet');
    const { request, transaction } = await signPayment(stack, payer);
    try {
      await settle(request);
      await expect.poll(() => stateOf(transaction), { timeout: 120_000, interval: 100 }).toBe('ambiguous');
    } finally {
      await heal();
    }
    await expect.poll(() => stateOf(transaction), { timeout: 120_000, interval: 100 }).toBe('submitted');
    await stack.control.forge(2);
    await reaches(transaction, 'confirmed');
    expect(await stack.control.submission(transaction)).toMatchObject({ accepted: 1, applied: 1 });
  });
});
