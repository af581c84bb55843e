import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';

const started: RedisHandle[] = [];
const connections: Redis[] = [];

async function start(...args: Parameters<typeof startRedis>): Promise<RedisHandle> {
  const handle = await startRedis(...args);
  started.push(handle);
  return handle;
}

function connect(url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => null });
  redis.on('error', () => {});
  connections.push(redis);
  return redis;
}

afterEach(async () => {
  for (const redis of connections.splice(0)) redis.disconnect();
  for (const handle of started.splice(0).reverse()) await handle.stop();
});

const noRedisUrl = { ...process.env, REDIS_URL: undefined };

describe('a private server', () => {
  it('answers on loopback and never evicts', async () => {
    const { url } = await start({ env: noRedisUrl });
    const redis = connect(url);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'no']);
  });

  it('persists every write when asked to', async () => {
    const { url } = await start({ env: noRedisUrl, persistence: 'always' });
    const redis = connect(url);
    expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    expect(await redis.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
  });

  it('is gone after stop, also when stopped twice', async () => {
    const handle = await start({ env: noRedisUrl });
    await handle.stop();
    await handle.stop();
    await expect(connect(handle.url).ping()).rejects.toThrow();
  });
});

describe('REDIS_URL', () => {
  it('gives every run a logical database of its own', async () => {
    const server = await start({ env: noRedisUrl });
    const env = { ...process.env, REDIS_URL: server.url };
    const [one, two] = await Promise.all([start({ env }), start({ env })]);
    expect(one.url).not.toBe(two.url);
    await connect(one.url).set('key', 'one');
    expect(await connect(two.url).get('key')).toBeNull();
  });

  it('is given back empty, and the database is used again', async () => {
    const server = await start({ env: noRedisUrl });
    const env = { ...process.env, REDIS_URL: server.url };
    const first = await start({ env });
    await connect(first.url).set('key', 'left behind');
    await first.stop();
    expect(await connect(server.url).keys('*')).toEqual([]);
    const second = await start({ env });
    expect(second.url).toBe(first.url);
    expect(await connect(second.url).dbsize()).toBe(0);
  });

  it('never takes a database that holds foreign data', async () => {
    const server = await start({ env: noRedisUrl });
    const theirs = `${server.url}/1`;
    await connect(theirs).set('key', 'theirs');
    const handle = await start({ env: { ...process.env, REDIS_URL: server.url } });
    expect(handle.url).toBe(`${server.url}/2`);
    expect(await connect(theirs).get('key')).toBe('theirs');
  });

  it('that does not answer is named without its password', async () => {
    const env = { ...process.env, REDIS_URL: 'redis://:hunter2@127.0.0.1:1' };
    const message = await startRedis({ env }).then(
      () => 'it started',
      (error: Error) => error.message,
    );
    expect(message).toContain('REDIS_URL is redis://127.0.0.1:1');
    expect(message).not.toContain('hunter2');
  });
});
