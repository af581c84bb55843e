import { createHistory } from '@x402-facilitator/archive';
import { type SchemeRegistry, SUPPORTED_SCHEMES } from '@x402-facilitator/cardano';
import { timeByRedis } from '@x402-facilitator/chain';
import {
  createChainWindowStore,
  createDeniedParties,
  createDiscoveryCatalogue,
  createJournalTotals,
  createOperatorSessions,
  createSettlementEvents,
  createSponsorshipStore,
  createWorkerPresence,
  readArchiveBacklog,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import {
  createApiMetrics,
  expose,
  type Logger,
  NO_TELEMETRY,
  type Telemetry,
  withCallSpans,
} from '@x402-facilitator/shared/telemetry';
import { startScriptLane } from '@x402-facilitator/shared/verification';
import type { AppDependencies } from './app.js';
import { connectKeys } from './connect-keys.js';
import { BAZAAR } from './discovery/index.js';
import type { KeyAdminOptions } from './key-admin/index.js';
import type { OperatorsOptions } from './operators/index.js';
import { openRedisConnections, type RedisConnections } from './redis-connections.js';
import { openScreening } from './screening/index.js';
import { createSelfCheck } from './self-check/index.js';
import { openArchiveReader } from './services/archive-reader.js';
import { createClaimPayment } from './services/claim-payment.js';
import { createDiscovery } from './services/discovery.js';
import { createFollowToAnswer } from './services/follow-to-answer.js';
import { createHealth } from './services/health.js';
import { createPaymentObserver } from './services/payment-observer.js';
import { observeProtocolVersion } from './services/protocol-version.js';
import { createReadReceipt } from './services/read-receipt.js';
import { createReadStats } from './services/read-stats.js';
import { createReadStatus } from './services/read-status.js';
import { createRecall } from './services/recall.js';
import { openNetworks } from './services/served-networks.js';
import { createSettlePayment } from './services/settle-payment.js';
import { startShadowJudge } from './services/shadow-judge.js';
import { createSponsoring } from './services/sponsoring.js';
import { createReadSupported } from './services/supported.js';
import { createVerifyPayment } from './services/verify-payment.js';
import { shownBy } from './services/visibility.js';
import { createWaitForSettlement } from './services/wait-for-settlement.js';
import { explorersOf } from './status-page/index.js';

/** If Redis tells the time later than this, payments are not checked by its clock. */
const SHARED_TIME_WITHIN_MS = 500;

export type ConnectedDependencies = Pick<RedisConnections, 'contacted'> & {
  /** Rejects in production when Redis would lose settlements at the start. */
  readonly durable: Promise<void>;
  /** Rejects when the deny-list's file cannot be read at the start. */
  readonly screening: Promise<void>;
  readonly app: AppDependencies;
  /** What the listener of the metrics serves besides. */
  readonly monitoring: {
    /** Unset: no operator has a key. */
    readonly operators: OperatorsOptions | undefined;
    /** Unset: no keys are stored. */
    readonly keyAdmin: KeyAdminOptions | undefined;
  };
  /** Disconnects from everything; call after the app is closed. */
  close(): Promise<void>;
};

/**
 * Connects the real parts according to the configuration. The API also starts without Redis or a chain provider, says
 * so in `/health`, and uses each as soon as it is available.
 */
export function connectDependencies(options: {
  readonly config: Config;
  /** Every scheme of packages/cardano when unset. */
  readonly schemes?: SchemeRegistry;
  readonly logger: Logger;
  /** Path of the module of the other judge; that of packages/second-judge when unset. */
  readonly shadowModule?: string | undefined;
  /** When unset, nothing is traced or reported. */
  readonly telemetry?: Telemetry;
  readonly version: string;
  /** Git commit of the build, where it is known. */
  readonly commit?: string | undefined;
  /** POSIX milliseconds. */
  readonly clock: () => number;
}): ConnectedDependencies {
  const {
    config,
    logger,
    version,
    commit,
    clock,
    schemes = SUPPORTED_SCHEMES,
    telemetry = NO_TELEMETRY,
  } = options;
  const { tracing, errors } = telemetry;
  const { settle, chain } = config;
  const metrics = createApiMetrics({ version, commit, schemes });
  const stopping = new AbortController();
  const connections = openRedisConnections({ config, logger, clock });
  const { commands: redis, acknowledged, spentOutputs, onError } = connections;

  // Scripts never run in the thread that serves requests.
  const scriptLane = startScriptLane({
    threads: Math.max(1, config.server.validatorThreads),
    observer: metrics.scripts,
  });
  const shadowed = [...config.networks.values()].filter(({ shadowShare }) => shadowShare > 0);
  const shadow =
    shadowed.length === 0
      ? undefined
      : startShadowJudge({ metrics: metrics.shadow, log: logger, module: options.shadowModule });
  for (const { network } of shadowed) metrics.shadow.watch(network);
  const screening = openScreening({
    settings: config.screening,
    denied: createDeniedParties(redis),
    metrics: metrics.screening,
    logger,
    clock,
  });
  const observer = createPaymentObserver({ metrics: metrics.verification, tracing });
  const networks = openNetworks(config.networks.values(), {
    redis,
    acknowledged,
    spentOutputs,
    clock,
    logger,
    onError,
    chainObserver: {
      ...withCallSpans(metrics.chain, tracing),
      ...observeProtocolVersion({ networks: config.networks, metrics: metrics.protocolVersion, log: logger }),
    },
    verification: { ...observer, schemes, screen: screening?.screen },
    scriptLane,
    shadow,
    countsUsage: config.security.storedKeys,
    random: Math.random,
  });
  networks.names.forEach(metrics.verification.watch);
  if (screening !== undefined) networks.names.forEach(metrics.screening.watch);
  metrics.redis.watch(connections.watch.look);

  const selfCheck = createSelfCheck({
    networks: networks.all,
    schemes,
    sharedTime: () => timeByRedis(redis, SHARED_TIME_WITHIN_MS),
    clock,
    log: logger,
  });
  for (const network of networks.names)
    metrics.selfCheck.watch(network, () => selfCheck.reports().find((it) => it.network === network));
  stopping.signal.addEventListener('abort', selfCheck.stop);

  const presence = createWorkerPresence(redis);
  const events = createSettlementEvents({
    subscriber: connections.settlementEvents,
    networks: networks.names,
    journal: networks.journal,
    onError,
  });
  const { keyAdmin, ...keys } = connectKeys({
    security: config.security,
    redis,
    acknowledged,
    networks: networks.names,
    journal: networks.journal,
    metrics: metrics.keys,
    logger,
  });
  const { visibility } = keys;
  const sponsoring = createSponsoring({ config, schemes, redis, clock });
  const discovery = config.discovery.enabled
    ? createDiscovery({
        settings: config.discovery,
        catalogue: createDiscoveryCatalogue(redis),
        networks: networks.names,
        metrics: metrics.discovery,
        visibility,
        log: logger,
        clock,
      })
    : undefined;
  if (discovery !== undefined) metrics.discovery.watch();
  const archive = openArchiveReader(config.archive, logger);
  const history = createHistory({ journal: networks.journal, archive });
  const recall = createRecall(archive);
  const wait = createWaitForSettlement({ journal: networks.journal, events });
  const readStatus = shownBy(
    visibility,
    createReadStatus({ networks, history, wait, stopping: stopping.signal }),
  );

  const app: AppDependencies = {
    config,
    logger,
    version,
    clock,
    schemes,
    networks: networks.names,
    limitsRedis: redis,
    stopping,
    readMetrics: () => expose(metrics.registry),
    httpMetrics: metrics.http,
    onLookupsRefused: metrics.verification.lookupsRefused,
    tracing,
    errors,
    verifyPayment: createVerifyPayment({
      schemes,
      networks,
      sponsoring,
      observer,
      reservation: chain.reservation,
      recall,
      ...keys,
    }),
    settlePayment: createSettlePayment({
      schemes,
      networks,
      sponsoring,
      observer,
      follow: createFollowToAnswer({
        schemes,
        networks,
        wait,
        publicUrl: config.server.publicUrl,
        stopping: stopping.signal,
      }),
      publicUrl: config.server.publicUrl,
      claimPayment: createClaimPayment({ schemes, networks, sponsoring, observer, discovery, clock }),
      recall,
      ...keys,
    }),
    discovery,
    ...keys,
    readStatus,
    events,
    readReceipt: createReadReceipt({
      networks,
      history,
      readStatus,
      presence,
      receiptResource: settle.receiptResource,
    }),
    explorers: explorersOf(config),
    sponsoring,
    readStats: createReadStats({
      version,
      networks: networks.names,
      totals: createJournalTotals(redis),
      log: logger,
      clock,
    }),
    readSupported: createReadSupported({
      networks: config.networks,
      schemes,
      presence,
      sponsoredNetworks: async () => (await sponsoring?.networks()) ?? [],
      extensions: discovery === undefined ? [] : [BAZAAR],
      clock,
    }),
    readSelfCheck: selfCheck.reports,
    readHealth: createHealth({ version, clock, lookAtRedis: connections.watch.look, networks, presence }),
  };

  return {
    app,
    monitoring: {
      keyAdmin,
      operators:
        config.security.operatorKeys.length === 0
          ? undefined
          : {
              keys: config.security.operatorKeys,
              sessions: createOperatorSessions(redis),
              networks: networks.all.map((served) => ({
                ...served,
                windows: createChainWindowStore({ redis, network: served.network }),
                sponsorships: createSponsorshipStore({ redis, network: served.network, now: clock }),
                readBacklog:
                  archive === undefined
                    ? undefined
                    : (nowMs) => readArchiveBacklog({ redis, network: served.network }, nowMs),
              })),
              history,
              presence,
              readHealth: app.readHealth,
              logger,
              clock,
            },
    },
    // A replica that has not checked itself is not ready.
    contacted: connections.contacted.then(selfCheck.start),
    durable: connections.watch.durable,
    screening: screening?.ready ?? Promise.resolve(),
    async close() {
      selfCheck.stop();
      screening?.close();
      await networks.close();
      await events.close();
      await scriptLane.close();
      await shadow?.close();
      await archive?.close();
      await connections.close();
    },
  };
}
