import {
  connectRedis,
  createWorkerPresence,
  disconnectRedis,
  redisSettingsFromUrl,
  type WorkerHeartbeat,
} from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis({
    settings: redisSettingsFromUrl(server.url),
    role: 'worker',
    name: 'presence-test',
    onError: () => undefined,
  });
});
beforeEach(async () => {
  await redis.flushdb();
});
afterAll(async () => {
  await disconnectRedis(redis);
  await server.stop();
});

const heartbeat = (id: string, startedAtMs: number): WorkerHeartbeat => ({
  id,
  version: '1.2.3',
  startedAtMs,
  atMs: startedAtMs + 5,
  networks: [{ network: 'cardano:preview', walletAddress: 'addr_test1w', isFollower: true }],
});

it('lists the workers that announced themselves, longest-serving first, each once', async () => {
  const presence = createWorkerPresence(redis);
  expect(await presence.list()).toEqual([]);
  await presence.announce(heartbeat('late', 20));
  await presence.announce(heartbeat('early', 10));
  await presence.announce(heartbeat('late', 20));
  expect(await presence.list()).toEqual([heartbeat('early', 10), heartbeat('late', 20)]);
});

it('forgets a worker that left at once, and one that went silent when its key expires', async () => {
  const presence = createWorkerPresence(redis);
  await presence.announce(heartbeat('leaving', 1));
  await presence.announce(heartbeat('dying', 2));
  await presence.announce(heartbeat('living', 3));
  expect(await redis.pttl('{x402}:worker:dying')).toBeGreaterThan(0);
  await presence.leave('leaving');
  await redis.pexpire('{x402}:worker:dying', 1);
  await expect.poll(() => presence.list()).toEqual([heartbeat('living', 3)]);
  expect(await redis.smembers('{x402}:workers')).toEqual(['living']);
});

it('leaves out a worker whose heartbeat has another shape', async () => {
  const presence = createWorkerPresence(redis);
  await presence.announce(heartbeat('known', 1));
  await redis.set('{x402}:worker:strange', '{"id":7}');
  await redis.sadd('{x402}:workers', 'strange');
  expect(await presence.list()).toEqual([heartbeat('known', 1)]);
});
