import {
  createWebhookQueue,
  createWebhookStore,
  createWebhookWorker,
  JournalUnavailableError,
  type RedisConnection,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { Logger, WebhookMetrics } from '@x402-facilitator/shared/telemetry';
import { startLoop, within } from '../loop.js';
import { createDelivery } from './deliver.js';

/** Between two looks for endpoints that are due: what an event waits at most, where a worker is free. */
const LOOK_MS = 500;
const ENDPOINTS_PER_LOOK = 1_000;
/** Endpoints that have their turn at a time in one worker. */
const TURNS = 32;

export interface Webhooks {
  /** Begins no further attempt and waits for the running ones. False when some still ran after `timeoutMs`. */
  stop(timeoutMs: number): Promise<boolean>;
}

/**
 * Delivers webhooks from now on. Every worker looks for endpoints that are due and gives them a job: so nothing that is in the
 * outbox waits for the worker that wrote it.
 *
 * @returns undefined where webhooks are off.
 */
export function startWebhooks(options: {
  readonly settings: Config['webhooks'];
  /** A `worker` connection. */
  readonly redis: RedisConnection;
  readonly logger: Logger;
  readonly metrics: WebhookMetrics;
  /** POSIX milliseconds. */
  readonly now: () => number;
}): Webhooks | undefined {
  const { settings, redis, logger, metrics, now } = options;
  const { enabled, masterSecret, previousMasterSecret } = settings;
  if (!enabled || masterSecret === undefined) return undefined;
  const store = createWebhookStore({ redis, now });
  const stopping = new AbortController();
  const onError = (error: unknown) => logger.warn({ error }, 'delivering webhooks has a problem');
  const queue = createWebhookQueue({ redis, onError });
  const worker = createWebhookWorker({
    redis,
    concurrency: TURNS,
    process: createDelivery({
      store,
      settings,
      masterSecrets: [masterSecret, previousMasterSecret].filter((each) => each !== undefined),
      metrics,
      logger,
      now,
      stopping: stopping.signal,
    }),
    onError,
  });
  const looks = startLoop({
    intervalMs: LOOK_MS,
    turn: async () => queue.enqueue(await store.due(ENDPOINTS_PER_LOOK)),
    onError,
  });
  metrics.watch(async () => {
    // A connection that waits for Redis would queue the reads of every scrape.
    if (redis.status !== 'ready') throw new JournalUnavailableError('Redis is away');
    return store.backlog();
  }, now);

  return {
    async stop(timeoutMs) {
      stopping.abort();
      const [, done] = await Promise.all([within(timeoutMs, looks.stop()), worker.close(timeoutMs)]);
      await within(timeoutMs, queue.close());
      return done;
    },
  };
}
