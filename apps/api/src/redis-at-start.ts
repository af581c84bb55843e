import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  checkRedisDurability,
  type connectRedis,
  isRedisUnavailable,
  RedisNotDurableError,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { Logger } from '@x402-facilitator/shared/telemetry';

type Redis = ReturnType<typeof connectRedis>;

const REPEAT_AFTER_MS = 30_000;
const RETRY_MS = 1_000;
const CONTACT_TIMEOUT_MS = 2_000;

/** Logs what goes wrong on connections to Redis; each repeats an outage several times a second while it lasts. */
export function reportOutages(logger: Logger, clock: () => number): (error: Error) => void {
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
 * Waits for the first answer of Redis, or for the first sign that there is none: a process that takes traffic before
 * it is connected would refuse settlements for no reason.
 */
export async function untilContact(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  // `once` rejects on an error event, which here is an answer too.
  await once(redis, 'ready', { signal: AbortSignal.timeout(CONTACT_TIMEOUT_MS) }).catch(() => undefined);
}

/**
 * Checks, as soon as Redis answers, that it keeps what it acknowledges.
 *
 * @throws RedisNotDurableError in production, when it does not.
 */
export async function untilDurable(options: {
  readonly redis: Redis;
  readonly env: Config['env'];
  readonly logger: Logger;
  /** Ends the attempts. */
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
