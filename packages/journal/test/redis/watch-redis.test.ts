import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis, disconnectRedis, redisSettingsFromUrl, watchRedis } from '@x402-facilitator/journal';
import { RedisNotDurableError } from '@x402-facilitator/journal/testing';
import { startRedis } from '@x402-facilitator/tools/redis';
import { expect, onTestFinished, test } from 'vitest';

type Options = Parameters<typeof startRedis>[0];

async function start(options: Options = {}) {
  const server = await startRedis({ exclusive: true, persistence: 'always', ...options });
  onTestFinished(() => server.stop());
  return server;
}

async function connect(url: string) {
  const settings = redisSettingsFromUrl(url);
  const redis = connectRedis({ settings, role: 'producer', name: 'watch-test', onError: () => undefined });
  onTestFinished(() => disconnectRedis(redis));
  await expect.poll(() => redis.status).toBe('ready');
  return redis;
}

async function watched(options: Options = {}, env: 'production' | 'development' = 'production') {
  const server = await start(options);
  const redis = await connect(server.url);
  const admin = await connect(server.url);
  const said: string[] = [];
  const log = {
    info: (message: string) => void said.push(`info: ${message}`),
    warn: (message: string) => void said.push(`warn: ${message}`),
    error: (message: string) => void said.push(`error: ${message}`),
  };
  const watch = watchRedis({ redis, env, log });
  onTestFinished(watch.stop);
  return { server, redis, admin, watch, said };
}

test('a Redis that keeps what it acknowledges is accepted, and nothing is said', async () => {
  const { watch, said } = await watched();
  await watch.durable;
  expect(await watch.look()).toBeUndefined();
  expect(said).toEqual([]);
});

test('appendfsync everysec is accepted, and warned about once', async () => {
  const { watch, said } = await watched({ persistence: 'everysec' });
  await watch.durable;
  expect([await watch.look(), await watch.look()]).toEqual([undefined, undefined]);
  expect(said).toEqual([
    'warn: This Redis may lose the last second of accepted settlements: appendfsync is everysec, expected always',
  ]);
});

const UNSAFE = [
  ['appendfsync', 'no', 'appendfsync is no, expected always'],
  ['appendonly', 'no', 'appendonly is no, expected yes'],
  ['maxmemory-policy', 'allkeys-lru', 'maxmemory-policy is allkeys-lru, expected noeviction'],
  ['maxmemory-policy', 'volatile-ttl', 'maxmemory-policy is volatile-ttl, expected noeviction'],
] as const;

test.each(UNSAFE)('production refuses to start with %s %s', async (setting, value, words) => {
  const server = await start();
  const redis = await connect(server.url);
  await redis.config('SET', setting, value);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const watch = watchRedis({ redis, env: 'production', log });
  onTestFinished(watch.stop);
  const error: unknown = await watch.durable.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RedisNotDurableError);
  expect(String(error)).toContain(words);
});

test.each(UNSAFE)('production notices %s %s while it runs, and its end', async (setting, value, words) => {
  const { watch, admin, said } = await watched();
  await watch.durable;
  const [, before] = (await admin.config('GET', setting)) as [string, string];
  await admin.config('SET', setting, value);
  const message = `Redis would lose accepted settlements: ${words}`;
  expect(await watch.look()).toMatchObject({ kind: 'not-durable', message });
  await watch.look();
  await admin.config('SET', setting, before);
  expect(await watch.look()).toBeUndefined();
  expect(said).toEqual([`error: ${message}`, 'info: Redis takes writes and keeps them again']);
});

test('the watch looks by itself at every new connection', async () => {
  const { redis, watch, admin, said } = await watched();
  await watch.durable;
  await admin.config('SET', 'appendfsync', 'no');
  redis.disconnect(true);
  await expect.poll(() => said).toHaveLength(1);
  expect(said[0]).toContain('appendfsync is no, expected always');
});

test('the watch looks by itself again and again', async () => {
  const server = await start();
  const redis = await connect(server.url);
  const said: string[] = [];
  const log = { info: () => undefined, warn: () => undefined, error: (text: string) => void said.push(text) };
  const watch = watchRedis({ redis, env: 'production', log, intervalMs: 20 });
  onTestFinished(watch.stop);
  await watch.durable;
  await redis.config('SET', 'appendonly', 'no');
  await expect.poll(() => said).toEqual([expect.stringContaining('appendonly is no')]);
});

test('development warns once of a Redis that production refuses, and names all of it', async () => {
  const { watch, said } = await watched({ persistence: 'off' }, 'development');
  await watch.durable;
  expect([await watch.look(), await watch.look()]).toEqual([undefined, undefined]);
  expect(said).toEqual([
    'warn: This Redis may lose accepted settlements, and production refuses it: appendonly is no, expected yes',
    expect.stringContaining('appendfsync is everysec'),
  ]);
});

test('where CONFIG is not permitted, INFO is read, and what it does not show is named once', async () => {
  const server = await start();
  const admin = await connect(server.url);
  await admin.call('ACL', 'SETUSER', 'tenant', 'on', '>secret', '~*', '&*', '+@all', '-config');
  const { host } = new URL(server.url);
  const redis = await connect(`redis://tenant:secret@${host}`);
  const said: string[] = [];
  const log = {
    info: () => undefined,
    warn: (text: string) => void said.push(text),
    error: (text: string) => void said.push(text),
  };
  const watch = watchRedis({ redis, env: 'production', log });
  onTestFinished(watch.stop);
  await watch.durable;
  expect(await watch.look()).toBeUndefined();
  expect(said).toEqual([
    'Cannot tell whether this Redis keeps what it acknowledges: it does not show appendfsync',
  ]);
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lfu');
  await admin.config('SET', 'appendonly', 'no');
  expect(await watch.look()).toMatchObject({
    message:
      'Redis would lose accepted settlements: maxmemory-policy is allkeys-lfu, expected noeviction; appendonly is no, expected yes',
  });
});

const refuses = (refusal: string, words: string) => ({
  kind: 'refuses-writes',
  refusal,
  message: `the settlement journal refuses writes: Redis says ${refusal}, ${words}`,
});

test('a full Redis is named at once, and so is its end', async () => {
  const { watch, admin, said } = await watched();
  await watch.durable;
  await admin.config('SET', 'maxmemory', '100kb');
  expect(await watch.look()).toEqual(refuses('OOM', 'its memory is full'));
  await admin.config('SET', 'maxmemory', '0');
  expect(await watch.look()).toBeUndefined();
  expect(said).toEqual([
    'error: the settlement journal refuses writes: Redis says OOM, its memory is full',
    'info: Redis takes writes and keeps them again',
  ]);
});

test('a primary that became a replica is named', async () => {
  const successor = await start();
  const { watch, admin } = await watched();
  await watch.durable;
  await admin.replicaof('127.0.0.1', Number(new URL(successor.url).port));
  // The first refusal makes a new connection, which may find the successor.
  const found = () => watch.look().catch(() => undefined);
  await expect.poll(found).toEqual(refuses('READONLY', 'it is a read-only replica'));
  await admin.replicaof('NO', 'ONE');
  await expect.poll(() => watch.look().catch((error: unknown) => error)).toBeUndefined();
});

test('a Redis whose disk cannot be written is named', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'x402-disk-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  // A directory in the place of the snapshot: no snapshot can be saved.
  await mkdir(join(directory, 'dump.rdb', 'taken'), { recursive: true });
  const { watch, admin } = await watched({ directory });
  await watch.durable;
  await admin.config('SET', 'save', '3600 1000000');
  await admin.bgsave();
  await expect.poll(watch.look).toEqual(refuses('MISCONF', 'it cannot save to its disk'));
});

test('a Redis with too few replicas to write is named', async () => {
  const { watch, admin } = await watched();
  await watch.durable;
  await admin.config('SET', 'min-replicas-to-write', '1');
  expect(await watch.look()).toEqual(refuses('NOREPLICAS', 'too few of its replicas follow it'));
});

test('a Redis that still loads is named', async () => {
  const { watch, admin } = await watched({ settings: { 'enable-debug-command': 'local' } });
  await watch.durable;
  await admin.eval("for i = 1, 2000 do redis.call('SET', 'key' .. i, string.rep('x', 1000)) end", 0);
  // Slow enough that loading can be seen.
  await admin.config('SET', 'key-load-delay', '1000');
  await admin.config('SET', 'loading-process-events-interval-bytes', '1024');
  const reloaded = admin.call('DEBUG', 'RELOAD').catch(() => undefined);
  const found = () => watch.look().catch(() => undefined);
  await expect.poll(found, { interval: 5 }).toEqual(refuses('LOADING', 'it still loads its data'));
  await admin.config('SET', 'key-load-delay', '0').catch(() => undefined);
  await reloaded;
});

test('a Redis that does not answer is an error, not a finding', async () => {
  const { server, watch } = await watched();
  await watch.durable;
  await server.stop();
  await expect(watch.look()).rejects.toMatchObject({
    name: 'JournalUnavailableError',
    publicMessage: 'the settlement journal does not answer',
  });
});
