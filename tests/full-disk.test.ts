import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis, disconnectRedis, redisSettingsFromUrl } from '@x402-facilitator/journal';
import { guardDirectory, waitUntil } from '@x402-facilitator/tools/processes';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { fundPayer } from '@x402-facilitator/tools/stack';
import { afterAll, describe, expect, test } from 'vitest';
import { findDisks } from './chaos/means.js';
import { get, post, signPayment } from './support/facilitator.js';
import { runOps } from './support/ops.js';
import { meansOrSkip } from './support/or-skip.js';
import { replica, useStack } from './support/use-stack.js';

const directory = await mkdtemp(join(tmpdir(), 'x402-full-disk-'));
guardDirectory(directory);
const disks = meansOrSkip(await findDisks(directory));
const disk = (await disks?.mount('redis')) ?? directory;
afterAll(async () => {
  await disks?.close();
  await rm(directory, { recursive: true });
});
/** Health reports are kept for a second. */
const AT_ONCE = { timeout: 4_000 };

describe.skipIf(disks === undefined)('a disk that is full', () => {
  const redisOptions = { exclusive: true, persistence: 'everysec', directory: disk } as const;
  const stack = useStack({ blockMs: 0, paywall: false, redis: redisOptions });
  const apiUrl = () => replica(stack().apis).url;
  const settle = (request: object) => post(`${apiUrl()}/settle`, request, { prefer: 'respond-async' });
  const reaches = (transaction: string, state: string) =>
    waitUntil(async () => (await get(`${apiUrl()}/status/${transaction}`)).body.state === state, {
      what: `${transaction} to be ${state}`,
    });
  const redisHealth = async () => {
    const { body } = await get(`${apiUrl()}/health`);
    return (body.dependencies as { redis: object }).redis;
  };

  test('Redis refuses writes and says why, or ends where it must not lose one; and what was accepted is settled afterwards', async () => {
    const payer = await fundPayer(stack(), { outputs: 10 });
    const first = await signPayment(stack(), payer);
    await settle(first.request);
    await reaches(first.transaction, 'submitted');

    const makeRoom = await disks?.fill('redis');
    const message = 'the settlement journal refuses writes: Redis says MISCONF, it cannot save to its disk';
    await expect.poll(redisHealth, AT_ONCE).toMatchObject({ status: 'down', message });
    const { request, transaction } = await signPayment(stack(), payer);
    expect(await settle(request)).toMatchObject({ status: 503, body: { errorMessage: message } });
    // Nothing can be written, a pause neither; and nothing new is accepted without it.
    const pause = await runOps(stack().settings, 'pause');
    expect(pause.code).toBe(1);
    expect(pause.err).toContain('MISCONF');
    expect((await get(`${apiUrl()}/status/${first.transaction}`)).body.state).toBe('submitted');
    await makeRoom?.();
    await expect.poll(redisHealth, AT_ONCE).toMatchObject({ status: 'up' });
    await settle(request);
    await reaches(transaction, 'submitted');

    // In production each write is on the disk before it is acknowledged. Redis cannot go on without that.
    const admin = connectRedis({
      settings: redisSettingsFromUrl(stack().redis.url),
      role: 'producer',
      name: 'test',
      onError: () => undefined,
    });
    await expect.poll(() => admin.status).toBe('ready');
    await admin.config('SET', 'appendfsync', 'always');
    await disconnectRedis(admin);
    const makeRoomAgain = await disks?.fill('redis');
    const third = await signPayment(stack(), payer);
    await expect
      .poll(async () => (await settle(third.request)).body.errorMessage)
      .toBe('the settlement journal does not answer');
    await expect.poll(redisHealth, AT_ONCE).toMatchObject({ status: 'down' });
    await makeRoomAgain?.();
    const port = Number(new URL(stack().redis.url).port);
    const redis: RedisHandle = await startRedis({ ...redisOptions, persistence: 'always', port });
    try {
      await expect.poll(redisHealth).toMatchObject({ status: 'up' });
      await stack().control.forge(2);
      for (const accepted of [first.transaction, transaction]) await reaches(accepted, 'confirmed');
      await settle(third.request);
      await reaches(third.transaction, 'submitted');
    } finally {
      await redis.stop();
    }
  });
});
