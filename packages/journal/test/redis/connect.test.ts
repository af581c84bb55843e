import {
  connectRedis,
  disconnectRedis,
  isRedisUnavailable,
  type RedisRole,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import { afterEach, describe, expect, it } from 'vitest';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(role: RedisRole, options: Parameters<typeof startRedis>[0] = { exclusive: true }) {
  const server = await startRedis(options);
  cleanups.push(server.stop);
  const redis = connectRedis({
    settings: redisSettingsFromUrl(server.url),
    role,
    name: 'redis-test',
    onError: () => undefined,
  });
  cleanups.push(() => disconnectRedis(redis));
  await expect.poll(() => redis.status).toBe('ready');
  return { server, redis };
}

describe('connectRedis', () => {
  it('gives a producer an error instead of a wait while Redis is away', async () => {
    const { server, redis } = await open('producer');
    await server.stop();
    const error: unknown = await redis.get('key').catch((reason: unknown) => reason);
    expect(isRedisUnavailable(error)).toBe(true);
  });

  it('sends the commands of one turn of the event loop in one write, and answers each', async () => {
    const { redis } = await open('producer');
    const { stream } = redis;
    const written: number[] = [];
    const { _writev: writev } = stream;
    stream._writev = (chunks, done) => {
      written.push(chunks.length);
      writev?.call(stream, chunks, done);
    };
    const keys = Array.from({ length: 20 }, (_unused, index) => `key-${index}`);
    await Promise.all(keys.map((key) => redis.set(key, key)));
    // Each from its own callback, as requests arrive.
    const read = keys.map(async (key) => {
      await Promise.resolve();
      return redis.get(key);
    });
    expect(await Promise.all(read)).toEqual(keys);
    expect(written).toEqual([20, 20]);
  });

  it('gives a producer an error when Redis is there but does not answer', async () => {
    const { server, redis } = await open('producer');
    if (server.pid === undefined) throw new Error('expected a server of our own');
    process.kill(server.pid, 'SIGSTOP');
    try {
      const error: unknown = await redis.get('key').catch((reason: unknown) => reason);
      expect(isRedisUnavailable(error)).toBe(true);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
  });

  // A server that was cut off says no more than this one: the kernel alone would wait for a quarter of an hour.
  it('gives up a connection that stays silent, whatever it is for', async () => {
    const giveUp = async (role: RedisRole) => {
      const { server, redis } = await open(role);
      const { pid } = server;
      if (pid === undefined) throw new Error('expected a server of our own');
      if (role === 'subscriber') await redis.subscribe('channel');
      const closed = new Promise((resolve) => redis.once('close', resolve));
      process.kill(pid, 'SIGSTOP');
      try {
        if (role !== 'subscriber') redis.get('key').catch(() => undefined);
        await closed;
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await expect.poll(() => redis.status).toBe('ready');
    };
    await Promise.all((['producer', 'worker', 'subscriber'] as const).map(giveUp));
  });

  it('does not mistake a script error for an absent Redis', async () => {
    const { redis } = await open('producer');
    const error: unknown = await redis
      .eval("return redis.call('NOSUCH')", 0)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(isRedisUnavailable(error)).toBe(false);
  });
});

describe('redisSettingsFromUrl', () => {
  it('reads every part of a URL', () => {
    expect(redisSettingsFromUrl('rediss://us%40er:p%2Fw@example.org:6380/3')).toEqual({
      host: 'example.org',
      port: 6380,
      username: 'us@er',
      password: 'p/w',
      db: 3,
      tls: true,
    });
  });

  it('names what it expected when the scheme is another', () => {
    expect(() => redisSettingsFromUrl('http://localhost')).toThrow(/Expected a redis:\/\/.*found http:/);
  });
});
