import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  checkRedisDurability,
  connectRedis,
  disconnectRedis,
  isRedisUnavailable,
  type RedisConnection,
  RedisNotDurableError,
  type RedisRole,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { Logger } from '@x402-facilitator/shared/telemetry';
import pTimeout from 'p-timeout';

const REPEAT_AFTER_MS = 30_000;
const RETRY_MS = 1_000;
const CONTACT_TIMEOUT_MS = 2_000;
const TIME_TIMEOUT_MS = 500;

export type RedisConnections = {
  /** Commands; it fails fast. */
  readonly commands: RedisConnection;
  /** A subscriber hears every channel of its connection, so each purpose has its own connection. */
  readonly settlementEvents: RedisConnection;
  readonly spentOutputs: RedisConnection;
  readonly onError: (error: Error) => void;
  /** Resolves once Redis is connected, or known to be unreachable. */
  readonly contacted: Promise<void>;
  /** Resolves once Redis is known to keep what it acknowledges; rejects in production when it does not. */
  readonly durable: Promise<void>;
  /** All but `settlementEvents`, which its listener closes. */
  close(): Promise<void>;
};

export function openRedisConnections(options: {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly stopping: AbortSignal;
}): RedisConnections {
  const { config, logger, clock, stopping } = options;
  const onError = reportOutages(logger, clock);
  const connect = (role: RedisRole) =>
    connectRedis({ settings: config.chain.redis, role, name: `x402-api-${role}`, onError });
  const commands = connect('producer');
  const settlementEvents = connect('subscriber');
  const spentOutputs = connect('subscriber');
  const durable = untilDurable({ redis: commands, env: config.env, logger, stopping });
  // It may reject before main awaits it.
  durable.catch(() => undefined);
  return {
    commands,
    settlementEvents,
    spentOutputs,
    onError,
    contacted: Promise.all([untilContact(commands), untilContact(settlementEvents)]).then(() => undefined),
    durable,
    async close() {
      await disconnectRedis(spentOutputs);
      await disconnectRedis(commands);
    },
  };
}

/** The time by Redis's clock, which all replicas share, in POSIX milliseconds; `undefined` when it does not answer. */
export async function timeOf(redis: RedisConnection): Promise<number | undefined> {
  if (redis.status !== 'ready') return undefined;
  try {
    const [seconds, microseconds] = await pTimeout(redis.time(), { milliseconds: TIME_TIMEOUT_MS });
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  } catch {
    return undefined;
  }
}

/** Logs errors of the connections to Redis. During an outage each repeats its error several times a second. */
function reportOutages(logger: Logger, clock: () => number): (error: Error) => void {
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (!isRedisUnavailable(error)) {
      logger.error({ error }, 'a connection to Redis failed');
      return;
    }
    if (clock() - reportedAtMs < REPEAT_AFTER_MS) return;
    reportedAtMs = clock();
    logger.warn({ error }, 'Redis is not reachable');
  };
}

/**
 * Waits for Redis to answer, or for the first error. A process that took traffic earlier would refuse settlements for
 * no reason.
 */
async function untilContact(redis: RedisConnection): Promise<void> {
  if (redis.status === 'ready') return;
  // `once` rejects on an error event: Redis is then known to be unreachable.
  await once(redis, 'ready', { signal: AbortSignal.timeout(CONTACT_TIMEOUT_MS) }).catch(() => undefined);
}

async function untilDurable(options: {
  readonly redis: RedisConnection;
  readonly env: Config['env'];
  readonly logger: Logger;
  readonly stopping: AbortSignal;
}): Promise<void> {
  const { redis, env, logger, stopping } = options;
  while (!stopping.aborted) {
    try {
      await checkRedisDurability(redis, {
        env,
        warn: (message, report) => logger.warn({ metadata: { report } }, message),
      });
      return;
    } catch (error) {
      if (error instanceof RedisNotDurableError) throw error;
    }
    await delay(RETRY_MS, undefined, { signal: stopping, ref: false }).catch(() => undefined);
  }
}
