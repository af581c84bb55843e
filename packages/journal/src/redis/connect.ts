import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { Redis, type RedisOptions } from 'ioredis';
import pTimeout from 'p-timeout';
import { flushTogether } from './flush-together.js';
import type { RedisSettings } from './settings.js';

/**
 * What a connection is for.
 *
 * - `producer` serves requests: it fails fast, never queues commands while Redis is away, and never sends a command a
 *   second time, so that a caller gets its 503 instead of a wait.
 * - `worker` serves jobs: it waits for Redis as long as it takes (BullMQ demands that of its blocking connection).
 * - `subscriber` listens: it reconnects for ever and subscribes again by itself.
 */
export type RedisRole = 'producer' | 'worker' | 'subscriber';

export type ConnectRedisOptions = {
  readonly settings: RedisSettings;
  readonly role: RedisRole;
  /** Shown by `CLIENT LIST`. */
  readonly name: string;
  /** Called with connection errors. ioredis repeats them with each attempt to reconnect. */
  readonly onError: (error: Error) => void;
  /** How much longer than any other a command may take, because it waits in Redis. */
  readonly blockedMs?: number;
};

const COMMAND_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * A connection that owes an answer for this long is given up: packets can vanish without a word, and the kernel alone would
 * go on for a quarter of an hour. It is longer than a command may take, and a worker's than BullMQ waits in Redis for a job.
 */
const LONGEST_SILENCE_MS = { producer: 4_000, subscriber: 4_000, worker: 12_000 } as const;
/** A subscriber owes nothing, so it asks for a sign of life. */
const PING_EVERY_MS = 3_000;
const LONGEST_RECONNECT_DELAY_MS = 1_000;

/**
 * Opens a connection; it connects in the background and reconnects until it is closed.
 *
 * @throws TypeError for a setting that is not supported.
 */
export function connectRedis(options: ConnectRedisOptions): Redis {
  const redis = new Redis(redisOptions(options));
  redis.on('error', options.onError);
  if (options.role === 'subscriber') keepAsking(redis);
  else flushTogether(redis);
  return redis;
}

/** Whether it has reached Redis before the time is up. Where an attempt fails, the next one counts too. */
export async function isReadyInTime(redis: Redis, signal: AbortSignal): Promise<boolean> {
  while (redis.status !== 'ready' && !signal.aborted)
    await once(redis, 'ready', { signal }).catch(() => undefined);
  return redis.status === 'ready';
}

function keepAsking(redis: Redis): void {
  const timer = setInterval(() => {
    // Without an answer the connection is closed, and that is reported as its error.
    if (redis.status === 'ready') redis.ping().catch(() => undefined);
  }, PING_EVERY_MS);
  timer.unref();
  redis.once('end', () => clearInterval(timer));
}

type OurRedisOptions = RedisOptions & { replyMapping: 'legacy' };

function redisOptions({ settings, role, name, blockedMs = 0 }: ConnectRedisOptions): OurRedisOptions {
  const tls = tlsOptions(settings.tls);
  const sentinels = settings.sentinels ?? [];
  const place: RedisOptions =
    sentinels.length > 0
      ? {
          sentinels: sentinels.map(({ host, port }) => ({ host, port })),
          name: settings.sentinelMaster ?? 'mymaster',
          sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
          ...(settings.sentinelUsername === undefined ? {} : { sentinelUsername: settings.sentinelUsername }),
          ...(settings.sentinelPassword === undefined ? {} : { sentinelPassword: settings.sentinelPassword }),
          ...(settings.sentinelTls === true ? { sentinelTLS: tls ?? {} } : {}),
          ...(tls === undefined ? {} : { enableTLSForSentinelMode: true }),
        }
      : { host: settings.host, port: settings.port };
  return {
    ...place,
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
    ...(tls === undefined ? {} : { tls }),
    db: settings.db ?? 0,
    connectionName: name,
    // Our scripts and BullMQ's expect RESP2 replies, also from a server that speaks RESP3.
    protocol: 2,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: LONGEST_SILENCE_MS[role] + blockedMs,
    reconnectOnError: leaveReplica(),
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), LONGEST_RECONNECT_DELAY_MS),
    ...ROLE_OPTIONS[role],
    ...(role === 'producer' ? { commandTimeout: COMMAND_TIMEOUT_MS + blockedMs } : {}),
    replyMapping: 'legacy',
  };
}

const LEAVE_REPLICA_AFTER_MS = 2_000;

/**
 * A node that was demoted answers READONLY: only a new connection finds its successor. Where there is none yet, the
 * connection stays in between, so that callers are told READONLY and not that Redis is away.
 */
function leaveReplica(): (error: Error) => boolean {
  let leftAtMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    const isReplica = error.message.startsWith('READONLY');
    if (!isReplica || performance.now() - leftAtMs < LEAVE_REPLICA_AFTER_MS) return false;
    leftAtMs = performance.now();
    return true;
  };
}

const ROLE_OPTIONS: Readonly<Record<RedisRole, RedisOptions>> = {
  producer: {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
  },
  worker: { enableOfflineQueue: true, maxRetriesPerRequest: null },
  subscriber: { enableOfflineQueue: true, maxRetriesPerRequest: null, autoResubscribe: true },
};

function tlsOptions(tls: RedisSettings['tls']): TlsOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (tls === true) return {};
  return {
    ...(tls.caPath === undefined ? {} : { ca: readFileSync(tls.caPath) }),
    ...(tls.certPath === undefined ? {} : { cert: readFileSync(tls.certPath) }),
    ...(tls.keyPath === undefined ? {} : { key: readFileSync(tls.keyPath) }),
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    ...(tls.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: tls.rejectUnauthorized }),
  };
}

/** How long a polite close may take. */
const QUIT_TIMEOUT_MS = 1_000;

/** Closes a connection: politely while Redis answers, at once when it does not, so that a stop never waits for it. */
export async function disconnectRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') {
    // QUIT may fail or take too long. The connection is closed either way.
    await pTimeout(redis.quit(), { milliseconds: QUIT_TIMEOUT_MS }).catch(() => undefined);
  }
  redis.disconnect();
}
