import { once } from 'node:events';
import {
  type AcknowledgedWrites,
  connectRedis,
  disconnectRedis,
  isRedisUnavailable,
  openAcknowledgedWrites,
  type RedisConnection,
  type RedisRole,
  type RedisWatch,
  watchRedis,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { Logger } from '@x402-facilitator/shared/telemetry';

const REPEAT_AFTER_MS = 30_000;
const CONTACT_TIMEOUT_MS = 2_000;
export type RedisConnections = {
  /** Commands; it fails fast. */
  readonly commands: RedisConnection;
  /** A subscriber hears every channel of its connection, so each purpose has its own connection. */
  readonly settlementEvents: RedisConnection;
  readonly spentOutputs: RedisConnection;
  readonly onError: (error: Error) => void;
  /** For what replicas must have before it is acknowledged; unset when none must. */
  readonly acknowledged: AcknowledgedWrites | undefined;
  /** Resolves once Redis is connected, or known to be unreachable. */
  readonly contacted: Promise<void>;
  /** Whether Redis takes writes and keeps them. */
  readonly watch: RedisWatch;
  /** All but `settlementEvents`, which its listener closes. */
  close(): Promise<void>;
};

export function openRedisConnections(options: {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: () => number;
}): RedisConnections {
  const { config, logger, clock } = options;
  const onError = reportOutages(logger, clock);
  const connect = (role: RedisRole) =>
    connectRedis({ settings: config.chain.redis, role, name: `x402-api-${role}`, onError });
  const commands = connect('producer');
  const settlementEvents = connect('subscriber');
  const spentOutputs = connect('subscriber');
  const { replicas, timeoutMs } = config.chain.redis.durability;
  const acknowledged =
    replicas === 0
      ? undefined
      : openAcknowledgedWrites({
          settings: config.chain.redis,
          name: 'x402-api-acknowledged',
          replicas,
          timeoutMs,
          onError,
        });
  const watch = watchRedis({ redis: commands, env: config.env, replicas, log: logger });
  return {
    commands,
    settlementEvents,
    spentOutputs,
    onError,
    contacted: Promise.all([untilContact(commands), untilContact(settlementEvents)]).then(() => undefined),
    watch,
    acknowledged,
    async close() {
      watch.stop();
      await acknowledged?.close();
      await disconnectRedis(spentOutputs);
      await disconnectRedis(commands);
    },
  };
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
