import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  checkRedisDurability,
  connectRedis,
  createWorkerPresence,
  disconnectRedis,
  HEARTBEAT_TTL_MS,
  type WorkerHeartbeat,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import {
  createWorkerMetrics,
  expose,
  type Logger,
  NO_TELEMETRY,
  type Telemetry,
} from '@x402-facilitator/shared/telemetry';
import { pingRedis, startHealthServer, type WorkerHealth } from './health/index.js';
import { type Loop, startLoop, within } from './maintenance/index.js';
import { type NetworkWorker, startNetwork } from './network/index.js';
import { servedNetworks } from './networks.js';
import { openConfiguredWallets } from './wallet/index.js';

export interface RunningWorker {
  readonly id: string;
  /** Where `/health`, `/live` and `/metrics` are. */
  readonly healthPort: number;
  /** Resolves when the worker takes jobs; rejects as the start does. */
  readonly ready: Promise<void>;
  /** The ordinary way out: see `NetworkWorker.stop`. It works during the start too, and twice. */
  stop(): Promise<void>;
}

/** How long a goodbye to Redis may take. */
const GOODBYE_MS = 1_000;

/**
 * Starts a worker: health at once, then the wallet, Redis, and one consumer and one follower per network. A Redis that
 * is not there yet is waited for, in `ready`.
 *
 * @throws WalletError, and what Node throws when the health port is taken; `ready` rejects with RedisNotDurableError.
 */
export async function startWorker(options: {
  readonly config: Config;
  readonly logger: Logger;
  /** Nothing is traced or reported when unset. */
  readonly telemetry?: Telemetry;
  readonly version: string;
  /** Git commit of the build, where it is known. */
  readonly commit?: string | undefined;
  /** POSIX milliseconds. */
  readonly now?: () => number;
}): Promise<RunningWorker> {
  const { config, logger, version, commit, telemetry = NO_TELEMETRY, now = Date.now } = options;
  const id = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const startedAtMs = now();
  const wallets = await openConfiguredWallets(config, logger);
  const metrics = createWorkerMetrics({ version, commit });
  const networks: NetworkWorker[] = [];
  let heartbeats: Loop | undefined;
  let stopped: Promise<void> | undefined;

  const redis = connectRedis({
    settings: config.chain.redis,
    role: 'worker',
    name: `x402-worker-${id}`,
    onError: (error) => logger.warn({ error }, 'the connection to Redis has a problem'),
  });
  const presence = createWorkerPresence(redis);

  const health = async (): Promise<WorkerHealth> => {
    const state = await pingRedis(redis);
    return {
      status: state.status === 'up' && networks.length > 0 ? 'healthy' : 'unhealthy',
      version,
      uptimeSeconds: Math.round((now() - startedAtMs) / 1000),
      redis: state,
      networks: await Promise.all(
        networks.map(async ({ network, isFollower, chainHealth }) => ({
          network,
          isFollower: isFollower(),
          chain: await chainHealth(),
        })),
      ),
    };
  };
  const heartbeat = (): WorkerHeartbeat => ({
    id,
    version,
    startedAtMs,
    atMs: now(),
    networks: networks.map(({ network, isFollower }) => {
      const wallet = wallets.find((candidate) => candidate.network === network);
      return {
        network,
        isFollower: isFollower(),
        ...(wallet === undefined ? {} : { walletAddress: wallet.address }),
      };
    }),
  });

  const listener = await startHealthServer({
    host: config.server.host,
    port: config.worker.metricsPort,
    health,
    metrics: () => expose(metrics.registry),
  }).catch(async (error: unknown) => {
    await disconnectRedis(redis);
    throw error;
  });

  const start = async () => {
    try {
      await checkRedisDurability(redis, {
        env: config.env,
        warn: (message, report) => logger.warn({ metadata: { report } }, message),
      });
    } catch (error) {
      // A stop that came first has closed the connection under it.
      if (stopped === undefined) throw error;
    }
    if (stopped !== undefined) return;
    const served = servedNetworks(config);
    networks.push(
      ...served.map((network) =>
        startNetwork({
          served: network,
          config,
          workerId: id,
          wallet: wallets.find((candidate) => candidate.network === network.network),
          redis,
          logger,
          metrics,
          telemetry,
          now,
        }),
      ),
    );
    heartbeats = startLoop({
      intervalMs: HEARTBEAT_TTL_MS / 3,
      turn: () => presence.announce(heartbeat()),
      onError: (error) => logger.warn({ error }, 'announcing this worker failed'),
    });
    logger.info(
      {
        metadata: {
          id,
          version,
          healthPort: listener.port,
          networks: networks.map(({ network }) => network),
        },
      },
      'worker started',
    );
  };

  const stop = async () => {
    logger.info({ metadata: { id } }, 'worker stopping');
    const timeoutMs = config.worker.shutdownTimeoutMs;
    const [outcomes] = await Promise.all([
      Promise.all(networks.map((network) => network.stop(timeoutMs))),
      within(timeoutMs, heartbeats?.stop() ?? Promise.resolve()),
    ]);
    if (outcomes.some(({ finished }) => !finished)) {
      logger.warn('some work was still under way: another worker takes it over');
    }
    await within(
      GOODBYE_MS,
      presence.leave(id).catch(() => undefined),
    );
    await listener.close();
    await disconnectRedis(redis);
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
