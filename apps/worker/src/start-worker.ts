import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type SchemeRegistry, SUPPORTED_SCHEMES } from '@x402-facilitator/cardano';
import {
  connectRedis,
  createWorkerPresence,
  disconnectRedis,
  HEARTBEAT_TTL_MS,
  openAcknowledgedWrites,
  watchRedis,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import {
  createWorkerMetrics,
  expose,
  type Logger,
  NO_TELEMETRY,
  type Telemetry,
} from '@x402-facilitator/shared/telemetry';
import { checkArchive, openConfiguredArchive } from './archive/index.js';
import { describeWorker } from './describe-worker.js';
import { startHealthServer } from './health/index.js';
import { type Loop, startLoop, within } from './loop.js';
import { type NetworkWorker, startNetwork } from './network/index.js';
import { openConfiguredWallets } from './wallet/index.js';
import { startWebhooks, type Webhooks } from './webhooks/index.js';

export interface RunningWorker {
  readonly id: string;
  /** The address of `/health`, `/live` and `/metrics`. */
  readonly healthPort: number;
  /** Resolves when the worker takes jobs; rejects when the start fails. */
  readonly ready: Promise<void>;
  /** Stops it in an orderly way: see `NetworkWorker.stop`. It may be called during the start, and twice. */
  stop(): Promise<void>;
}

/** How long disconnecting from Redis may take. */
const GOODBYE_MS = 1_000;

/**
 * Starts a worker: health at once, then the wallet, Redis, and one consumer and one follower per network. `ready` waits
 * for a Redis that does not answer yet.
 *
 * @throws WalletError, and what Node throws when the health port is taken; `ready` rejects as RedisWatch.durable does.
 */
export async function startWorker(options: {
  readonly config: Config;
  /** Every scheme of packages/cardano when unset. */
  readonly schemes?: SchemeRegistry;
  readonly logger: Logger;
  /** Nothing is traced or reported when unset. */
  readonly telemetry?: Telemetry;
  readonly version: string;
  /** Git commit of the build, where it is known. */
  readonly commit?: string | undefined;
  /** POSIX milliseconds. */
  readonly now?: () => number;
}): Promise<RunningWorker> {
  const {
    config,
    schemes = SUPPORTED_SCHEMES,
    logger,
    version,
    commit,
    telemetry = NO_TELEMETRY,
    now = Date.now,
  } = options;
  const id = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const wallets = await openConfiguredWallets(config, logger);
  const archive = await openConfiguredArchive(config, `x402-worker-${id}`);
  const metrics = createWorkerMetrics({ version, commit, schemes });
  const networks: NetworkWorker[] = [];
  let heartbeats: Loop | undefined;
  let webhooks: Webhooks | undefined;
  let stopped: Promise<void> | undefined;

  const onRedisError = (error: Error) => logger.warn({ error }, 'the connection to Redis has a problem');
  const { redis: settings } = config.chain;
  const { replicas, timeoutMs } = settings.durability;
  const redis = connectRedis({ settings, role: 'worker', name: `x402-worker-${id}`, onError: onRedisError });
  const acknowledged =
    replicas === 0
      ? undefined
      : openAcknowledgedWrites({
          settings,
          name: `x402-worker-acknowledged-${id}`,
          replicas,
          timeoutMs,
          onError: onRedisError,
        });
  const presence = createWorkerPresence(redis);
  const watch = watchRedis({ redis, env: config.env, replicas, log: logger });
  metrics.redis.watch(watch.look);
  const self = describeWorker({ id, version, lookAtRedis: watch.look, wallets, networks, now });
  const listener = await startHealthServer({
    host: config.server.host,
    port: config.worker.metricsPort,
    health: self.health,
    metrics: () => expose(metrics.registry),
  }).catch(async (error: unknown) => {
    watch.stop();
    await Promise.all([acknowledged?.close(), archive?.close()]);
    await disconnectRedis(redis);
    throw error;
  });

  const shared = {
    schemes,
    config,
    workerId: id,
    redis,
    acknowledged,
    archive,
    logger,
    metrics,
    telemetry,
    now,
  };
  const start = async () => {
    await watch.durable;
    if (archive !== undefined) await checkArchive(archive, logger);
    if (stopped !== undefined) return;
    for (const served of config.networks.values()) {
      const wallet = wallets.find(({ network }) => network === served.network);
      networks.push(startNetwork({ ...shared, served, wallet }));
    }
    webhooks = startWebhooks({ ...shared, settings: config.webhooks, metrics: metrics.webhooks });
    heartbeats = startLoop({
      intervalMs: HEARTBEAT_TTL_MS / 3,
      turn: () => presence.announce(self.heartbeat()),
      onError: (error) => logger.warn({ error }, 'announcing this worker failed'),
    });
    const names = networks.map(({ network }) => network);
    logger.info({ metadata: { id, version, healthPort: listener.port, networks: names } }, 'worker started');
  };

  const stop = async () => {
    logger.info({ metadata: { id } }, 'worker stopping');
    watch.stop();
    const timeoutMs = config.worker.shutdownTimeoutMs;
    const [outcomes, isDelivered] = await Promise.all([
      Promise.all(networks.map((network) => network.stop(timeoutMs))),
      webhooks?.stop(timeoutMs) ?? true,
      within(timeoutMs, heartbeats?.stop() ?? Promise.resolve()),
    ]);
    if (!isDelivered || outcomes.some(({ finished }) => !finished)) {
      logger.warn('some work had not finished: another worker takes it over');
    }
    await within(
      GOODBYE_MS,
      presence.leave(id).catch(() => undefined),
    );
    await listener.close();
    await Promise.all([acknowledged?.close(), archive?.close(), disconnectRedis(redis)]);
    logger.info({ metadata: { id } }, 'worker stopped');
  };

  return {
    id,
    healthPort: listener.port,
    ready: start(),
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}
