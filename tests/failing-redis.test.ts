import {
  connectRedis,
  disconnectRedis,
  type RedisConnection,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { type FundedPayer, fundPayer } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { get, post, signPayment } from './support/facilitator.js';
import { runOps } from './support/ops.js';
import { replica, useStack } from './support/use-stack.js';

const stack = useStack({ blockMs: 0, paywall: false, redis: { exclusive: true, persistence: 'always' } });

let payer: FundedPayer;
let redis: RedisConnection;
beforeAll(async () => {
  payer = await fundPayer(stack(), { outputs: 10 });
  const settings = redisSettingsFromUrl(stack().redis.url);
  redis = connectRedis({ settings, role: 'worker', name: 'test', onError: () => undefined });
});
afterAll(() => disconnectRedis(redis));

const apiUrl = () => replica(stack().apis).url;
const ops = (...args: readonly string[]) => runOps(stack().settings, ...args);
const settle = (request: object) => post(`${apiUrl()}/settle`, request, { prefer: 'respond-async' });
const reaches = (transaction: string, state: string) =>
  waitUntil(async () => (await get(`${apiUrl()}/status/${transaction}`)).body.state === state, {
    what: `${transaction} to be ${state}`,
  });
const health = async () => {
  const { body } = await get(`${apiUrl()}/health`);
  return { word: body.status, redis: (body.dependencies as { redis: object }).redis };
};
const workerHealth = async () => {
  const { status, body } = await get(`${replica(stack().workers).url}/health`);
  return { status, redis: body.redis };
};
const refusals = async () => {
  const text = await (await fetch(`${replica(stack().workers).url}/metrics`)).text();
  return [...text.matchAll(/^journal_refuses_writes\{error="(\w+)"\} 1$/gm)].map(([, error]) => error);
};
/** Health reports are kept for a second. */
const AT_ONCE = { timeout: 3_000 };

test('a full Redis: health, 503 and metrics say so at once, a pause works, and accepted work goes on afterwards', async () => {
  const accepted = await signPayment(stack(), payer);
  await settle(accepted.request);
  await reaches(accepted.transaction, 'submitted');
  await redis.config('SET', 'maxmemory', '100kb');
  const message = 'the settlement journal refuses writes: Redis says OOM, its memory is full';
  await expect.poll(health, AT_ONCE).toMatchObject({ word: 'degraded', redis: { status: 'down', message } });
  await expect.poll(workerHealth, AT_ONCE).toEqual({
    status: 503,
    redis: { status: 'down', latencyMs: null, message },
  });
  await expect.poll(refusals, AT_ONCE).toEqual(['OOM']);

  const during = await signPayment(stack(), payer);
  const answer = await settle(during.request);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(answer.body).toMatchObject({ success: false, errorMessage: message, extra: { retryable: true } });

  expect(await ops('pause', '--reason', 'Redis is full')).toMatchObject({ code: 0, err: '' });
  expect((await settle(during.request)).body).toMatchObject({ errorReason: 'paused' });
  expect(await ops('status')).toMatchObject({ code: 0, out: expect.stringContaining('Redis is full') });

  await redis.config('SET', 'maxmemory', '0');
  await stack().control.forge(2);
  await reaches(accepted.transaction, 'confirmed');
  expect(await ops('resume')).toMatchObject({ code: 0 });
  await expect.poll(health, AT_ONCE).toMatchObject({ word: 'healthy' });
  expect(await refusals()).toEqual([]);
  await settle(during.request);
  await reaches(during.transaction, 'submitted');
});

test('a Redis that became a replica: health and 503 say so, and both end with it', async () => {
  // Nothing answers there, so it keeps its data and waits.
  await redis.replicaof('127.0.0.1', 9);
  const message = 'the settlement journal refuses writes: Redis says READONLY, it is a read-only replica';
  await expect.poll(health, AT_ONCE).toMatchObject({ word: 'degraded', redis: { status: 'down', message } });
  const { request, transaction } = await signPayment(stack(), payer);
  await expect.poll(async () => (await settle(request)).body.errorMessage, AT_ONCE).toBe(message);
  await redis.replicaof('NO', 'ONE');
  await expect.poll(health, AT_ONCE).toMatchObject({ word: 'healthy' });
  expect((await settle(request)).status).toBe(202);
  await reaches(transaction, 'submitted');
});

test('a Redis that hangs: health says within seconds that it does not answer', async () => {
  const { pid } = stack().redis;
  if (pid === undefined) throw new Error('expected a server of our own');
  process.kill(pid, 'SIGSTOP');
  try {
    await expect
      .poll(health, { timeout: 10_000 })
      .toMatchObject({ word: 'degraded', redis: { status: 'down' } });
    const { request } = await signPayment(stack(), payer);
    expect((await settle(request)).body.errorMessage).toBe('the settlement journal does not answer');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await expect.poll(health, { timeout: 10_000 }).toMatchObject({ word: 'healthy' });
});
