import {
  connectRedis,
  createDeniedParties,
  disconnectRedis,
  JournalUnavailableError,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const [A, B, STAKE, OTHER] = ['aa', 'bb', 'cc', 'dd'].map((byte) => byte.repeat(28)) as [
  string,
  string,
  string,
  string,
];
const party = (entry: string, ...credentials: readonly string[]) => ({
  entry,
  credentials,
  reason: `because of ${entry}`,
  atMs: 1,
});

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: Redis;
const connect = (url: string, role: 'worker' | 'producer') =>
  connectRedis({
    settings: redisSettingsFromUrl(url),
    role,
    name: 'denied-test',
    onError: () => undefined,
  });
beforeAll(async () => {
  server = await startRedis();
  redis = connect(server.url, 'worker');
});
beforeEach(() => redis.flushdb());
afterAll(async () => {
  await disconnectRedis(redis);
  await server.stop();
});

test('a party is denied by any of its credentials, until it is allowed', async () => {
  const denied = createDeniedParties(redis);
  expect(await denied.isDenied([A, OTHER])).toBe(false);
  await denied.deny(party('a', A, STAKE));
  expect(await denied.isDenied([OTHER, A])).toBe(true);
  expect(await denied.isDenied([STAKE])).toBe(true);
  expect(await denied.isDenied([OTHER])).toBe(false);
  expect(await denied.isDenied([])).toBe(false);
  expect(await denied.allow(party('a', A, STAKE))).toBe(true);
  expect(await denied.allow(party('a', A, STAKE))).toBe(false);
  expect(await denied.isDenied([A, STAKE])).toBe(false);
  expect(await redis.keys('*')).toEqual([]);
});

test('an entry that goes takes nothing from another that denies the same credential', async () => {
  const denied = createDeniedParties(redis);
  await denied.deny(party('a', A, STAKE));
  await denied.deny(party('b', B, STAKE));
  await denied.allow(party('a', A, STAKE));
  expect(await denied.isDenied([A])).toBe(false);
  expect(await denied.isDenied([STAKE])).toBe(true);
});

test('what is denied twice is listed once, with its last reason', async () => {
  const denied = createDeniedParties(redis);
  await denied.deny({ ...party('b', B), atMs: 5 });
  await denied.deny({ ...party('a', A), atMs: 2 });
  await denied.deny({ ...party('a', A), atMs: 3, reason: 'another' });
  expect(await denied.list()).toEqual([
    { entry: 'a', credentials: [A], reason: 'another', atMs: 3 },
    { entry: 'b', credentials: [B], reason: 'because of b', atMs: 5 },
  ]);
  await denied.allow(party('a', A));
  expect(await denied.isDenied([A])).toBe(false);
});

test('any number of credentials costs one command', async () => {
  const denied = createDeniedParties(redis);
  await redis.config('RESETSTAT');
  await denied.isDenied([A, B, STAKE, OTHER]);
  const used = [...(await redis.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  expect(used.map(([, name, calls]) => [name, calls])).toEqual(expect.arrayContaining([['exists', '1']]));
  expect(used.filter(([, name]) => !/^(exists|config|info)/.test(name ?? ''))).toEqual([]);
});

test('a Redis that is away gives no answer, neither denied nor served', async () => {
  const away = connect('redis://127.0.0.1:9', 'producer');
  try {
    await expect(createDeniedParties(away).isDenied([A])).rejects.toThrow(JournalUnavailableError);
  } finally {
    await disconnectRedis(away);
  }
});
