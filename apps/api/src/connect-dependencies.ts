import { setMaxListeners } from 'node:events';
import { type Network, SUPPORTED_SCHEMES, slotStartMs } from '@x402-facilitator/cardano';
import { type ChainObserver, type ConnectedChain, connectChain } from '@x402-facilitator/chain';
import {
  connectRedis,
  createJournalTotals,
  createPauseSwitch,
  createReceiptStore,
  createRedisJournal,
  createSettlementEvents,
  createSubmitQueue,
  createWorkerPresence,
  disconnectRedis,
  openSubmitQueue,
  type RedisConnection,
  type RedisRole,
} from '@x402-facilitator/journal';
import { type Config, chainProviders, type MasumiEscrows } from '@x402-facilitator/shared/config';
import {
  createApiMetrics,
  expose,
  type Logger,
  NO_TELEMETRY,
  type Telemetry,
  withCallSpans,
} from '@x402-facilitator/shared/telemetry';
import { startScriptLane, startValidatorThreads } from '@x402-facilitator/shared/verification';
import { createGuessLimit } from './admin/index.js';
import type { AppDependencies } from './app.js';
import { reportOutages, untilContact, untilDurable } from './redis-at-start.js';
import { countAnswers, countVerdicts } from './services/count-verifications.js';
import { createHealth } from './services/health.js';
import { createReadReceipt } from './services/read-receipt.js';
import { createReadStats } from './services/read-stats.js';
import { createReadStatus } from './services/read-status.js';
import { createSettlePayment } from './services/settle-payment.js';
import { createSponsoring } from './services/sponsoring.js';
import { createReadSupported } from './services/supported.js';
import { traceClaims, traceEnqueue, traceStages } from './services/trace-services.js';
import { createVerifierByNetwork } from './services/verifier-by-network.js';
import { createVerifyPayment } from './services/verify-payment.js';
import { createWaitForSettlement } from './services/wait-for-settlement.js';
import { explorersOf } from './status-page/index.js';

export type ConnectedDependencies = {
  readonly app: AppDependencies;
  /** Resolves when it makes sense to listen: Redis is connected, or known to be away. */
  readonly contacted: Promise<void>;
  /** Refuses a Redis that could lose settlements, in production; resolves once that is known. */
  readonly durable: Promise<void>;
  /** Disconnects from everything; call after the app is closed. */
  close(): Promise<void>;
};

/**
 * Puts the real parts together as the configuration says. The API starts without Redis and without a chain provider
 * too, says so in `/health`, and uses each as soon as it is there.
 */
export function connectDependencies(options: {
  readonly config: Config;
  /** Escrows of `chain.masumi`; none when unset. */
  readonly masumiEscrows?: MasumiEscrows;
  readonly logger: Logger;
  /** Nothing is traced or reported when unset. */
  readonly telemetry?: Telemetry;
  readonly version: string;
  /** Git commit of the build, where it is known. */
  readonly commit?: string | undefined;
  /** POSIX milliseconds. */
  readonly clock: () => number;
}): ConnectedDependencies {
  const { config, masumiEscrows, logger, version, commit, clock, telemetry = NO_TELEMETRY } = options;
  const { tracing, errors } = telemetry;
  const metrics = createApiMetrics({ version, commit });
  const stopping = new AbortController();
  // Every open wait listens to it.
  setMaxListeners(0, stopping.signal);
  const onError = reportOutages(logger, clock);
  const connect = (role: RedisRole) =>
    connectRedis({
      settings: config.chain.redis,
      role,
      name: `x402-api-${role}`,
      onError,
    });
  const redis = connect('producer');
  const subscriber = connect('subscriber');

  // The journal's events have a subscriber of their own: each hears its own channels only.
  const spentOutputs = connect('subscriber');
  const chains = connectChains(config, {
    redis,
    subscriber: spentOutputs,
    clock,
    logger,
    observer: withCallSpans(metrics.chain, tracing),
  });
  const networks = [...chains.keys()];
  networks.forEach(metrics.verification.watch);
  const journal = createRedisJournal({ redis, now: clock, policy: journalPolicyOf(config) });
  const events = createSettlementEvents({ subscriber, networks, journal, onError });
  const queues = new Map(
    networks.map((network) => [network, createSubmitQueue({ network, redis, onError })] as const),
  );
  const receipts = new Map(
    networks.map((network) => [network, createReceiptStore({ redis, network })] as const),
  );
  const presence = createWorkerPresence(redis);
  const { apiKey: adminKey } = config.admin;
  const shownQueues =
    adminKey === undefined ? [] : networks.map((network) => openSubmitQueue({ network, redis, onError }));

  const threads = config.server.validatorThreads;
  const validatorThreads = threads === 0 ? undefined : startValidatorThreads({ threads });
  // Scripts never run in the thread that serves requests.
  const scriptLane = startScriptLane({ threads: Math.max(1, threads), observer: metrics.scripts });
  const verifier = createVerifierByNetwork(
    config,
    {
      chains,
      clock,
      validatorThreads,
      scriptLane,
      onTimed: metrics.verification.timed,
      aroundStage: traceStages(tracing),
    },
    masumiEscrows,
  );
  const sponsoring = createSponsoring({ config, networks, redis, clock });
  const wait = createWaitForSettlement({ journal, events });
  const readStatus = createReadStatus({ journal, wait, networks, stopping: stopping.signal });
  const app: AppDependencies = {
    config,
    logger,
    version,
    networks,
    ...(adminKey === undefined
      ? {}
      : { admin: { key: adminKey, guesses: createGuessLimit(redis), queues: shownQueues } }),
    limitsRedis: redis,
    stopping,
    readMetrics: () => expose(metrics.registry),
    httpMetrics: metrics.http,
    tracing,
    errors,
    verifyPayment: countAnswers(
      createVerifyPayment({
        verifier,
        journal,
        sponsoring,
        redemption: config.settle.redemption,
        reservation: config.chain.reservation,
      }),
      metrics.verification,
    ),
    settlePayment: createSettlePayment({
      verifier: countVerdicts(verifier, metrics.verification),
      journal: traceClaims(journal, tracing),
      sponsoring,
      wait,
      redemption: config.settle.redemption,
      stopping: stopping.signal,
      pauseOf: (network) => createPauseSwitch({ redis, network }).read(),
      queue: { enqueue: traceEnqueue(async (job) => of(queues, job.network).enqueue(job), tracing) },
      expiryOf: async ({ network, ttl }) => {
        const { timeline } = await of(chains, network).facts.get();
        return slotStartMs(timeline, ttl);
      },
    }),
    readStatus,
    readReceipt: createReadReceipt({
      readStatus,
      receiptsOf: (network) => of(receipts, network),
      presence,
    }),
    explorers: explorersOf(config),
    sponsoring,
    clock,
    readStats: createReadStats({ version, networks, totals: createJournalTotals(redis), clock }),
    readSupported: createReadSupported({
      networks,
      settle: config.settle,
      schemes: SUPPORTED_SCHEMES,
      presence,
      sponsoredNetworks: async () => (await sponsoring?.networks()) ?? [],
      clock,
    }),
    readHealth: createHealth({
      version,
      clock,
      redis: () => redis.ping(),
      chain: new Map([...chains].map(([network, chain]) => [network, chain.health])),
      countWorkers: async () => (await presence.list()).length,
      readPauses: () =>
        Promise.all(
          networks.map(async (network) => ({
            network,
            pause: await createPauseSwitch({ redis, network }).read(),
          })),
        ),
    }),
  };

  return {
    app,
    contacted: Promise.all([untilContact(redis), untilContact(subscriber)]).then(() => undefined),
    durable: untilDurable({ redis, env: config.env, logger, stopping: stopping.signal }),
    async close() {
      await Promise.all([...queues.values(), ...shownQueues].map((queue) => queue.close()));
      await events.close();
      await Promise.all([validatorThreads?.close(), scriptLane.close()]);
      await disconnectRedis(spentOutputs);
      await disconnectRedis(redis);
      await Promise.all([...chains.values()].map((chain) => chain.close()));
    },
  };
}

function connectChains(
  config: Config,
  parts: {
    readonly redis: RedisConnection;
    readonly subscriber: RedisConnection;
    readonly clock: () => number;
    readonly logger: Logger;
    readonly observer: ChainObserver;
  },
): ReadonlyMap<Network, ConnectedChain> {
  const { utxoTtlSeconds } = config.chain.cache;
  return new Map(
    chainProviders(config).map(({ network, providers }) => [
      network,
      connectChain({ ...parts, network, providers, utxoTtlSeconds }),
    ]),
  );
}

function journalPolicyOf({ settle, chain }: Config) {
  return {
    retentionMs: settle.retentionSeconds * 1000,
    stabilityMs: chain.follower.stabilityWindowSeconds * 1000,
    graceMs: chain.verification.graceBufferSeconds * 1000,
  };
}

/** What is asked for here was put there from the same list of networks. */
function of<Value>(map: ReadonlyMap<Network, Value>, network: Network): Value {
  const value = map.get(network);
  if (value === undefined) throw new RangeError(`network ${network} is not served here`);
  return value;
}
