import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { type RedisHandle, RedisUnavailableError } from './options.js';
import { withConnection } from './ping.js';

/** A set in database 0: the databases that a run of ours filled. Only these and empty ones may be emptied. */
const OURS = 'x402-facilitator:test-databases';
const LEASE_MS = 30_000;

const lockOf = (database: number) => `x402-facilitator:test-database:${database}`;

const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`;
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/**
 * Locks a logical database of a shared server, empties it, and gives it back empty. It never touches a database with data
 * from elsewhere.
 *
 * @throws RedisUnavailableError when the server does not answer or has no database to spare
 */
export async function takeLogicalDatabase(serverUrl: string): Promise<RedisHandle> {
  const address = withoutCredentials(serverUrl);
  const token = randomUUID();
  const database = await withConnection(serverUrl, (redis) => lockDatabase(redis, token)).catch(
    (error: unknown) => {
      if (error instanceof RedisUnavailableError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new RedisUnavailableError(
        `REDIS_URL is ${address} and that does not answer: ${reason}. Start it, or unset REDIS_URL to have a private server.`,
      );
    },
  );
  if (database === undefined) {
    throw new RedisUnavailableError(
      `REDIS_URL is ${address} and has no logical database to spare: every one but 0 is locked by another run or holds data. Unset REDIS_URL to have a private server.`,
    );
  }

  const keeper = new Redis(serverUrl, { db: 0 });
  keeper.on('error', () => {
    // It reconnects, and the lease is longer than a short interruption.
  });
  const renewal = setInterval(() => {
    keeper.eval(RENEW, 1, lockOf(database), token, LEASE_MS).catch(() => {});
  }, LEASE_MS / 3);
  renewal.unref();

  let stopped: Promise<void> | undefined;
  const release = async () => {
    clearInterval(renewal);
    try {
      await withConnection(atDatabase(serverUrl, database), (redis) => redis.flushdb());
      await keeper.srem(OURS, database);
      await keeper.eval(RELEASE, 1, lockOf(database), token);
    } finally {
      keeper.disconnect();
    }
  };
  return {
    url: atDatabase(serverUrl, database),
    origin: `REDIS_URL (${address}), logical database ${database}`,
    stop() {
      stopped ??= release();
      return stopped;
    },
  };
}

async function lockDatabase(redis: Redis, token: string): Promise<number | undefined> {
  const count = await databaseCount(redis);
  await redis.select(0);
  for (let database = 1; database < count; database += 1) {
    if ((await redis.set(lockOf(database), token, 'PX', LEASE_MS, 'NX')) !== 'OK') continue;
    const ours = (await redis.sismember(OURS, database)) === 1;
    await redis.select(database);
    const usable = ours || (await redis.dbsize()) === 0;
    if (usable) await redis.flushdb();
    await redis.select(0);
    if (usable) {
      await redis.sadd(OURS, database);
      return database;
    }
    await redis.eval(RELEASE, 1, lockOf(database), token);
  }
  return undefined;
}

/** Managed servers forbid CONFIG. Then Redis's default counts, and SELECT fails if there are fewer. */
async function databaseCount(redis: Redis): Promise<number> {
  try {
    const [, databases] = (await redis.config('GET', 'databases')) as [string, string];
    return Number(databases);
  } catch {
    return 16;
  }
}

function atDatabase(serverUrl: string, database: number): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

function withoutCredentials(serverUrl: string): string {
  let url: URL;
  try {
    url = new URL(serverUrl);
  } catch {
    throw new RedisUnavailableError(
      'REDIS_URL: expected a URL such as redis://127.0.0.1:6379, found something else',
    );
  }
  url.username = '';
  url.password = '';
  return url.href;
}
