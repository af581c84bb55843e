import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import accepts from '@fastify/accepts';
import type { Network, SchemeRegistry } from '@x402-facilitator/cardano';
import type { SettlementEvents } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { createGuardedServer } from '@x402-facilitator/shared/http';
import type {
  ErrorReporter,
  Exposition,
  HttpMetrics,
  Logger,
  Tracing,
} from '@x402-facilitator/shared/telemetry';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { KeyRegistry } from './keys/index.js';
import { callerPlugin, isKeyed, requireKeyPlugin, trustedProxiesOf } from './plugins/app/caller.js';
import { errorsPlugin, sendError } from './plugins/app/errors.js';
import { jsonBodyPlugin } from './plugins/app/json-body.js';
import { limitsPlugin } from './plugins/app/limits.js';
import { lookupsPlugin } from './plugins/app/lookups.js';
import { promptClosePlugin } from './plugins/app/prompt-close.js';
import { reportFailuresPlugin } from './plugins/app/report-failures.js';
import { requestIdOf, requestLogPlugin } from './plugins/app/request-log.js';
import { requestMetricsPlugin } from './plugins/app/request-metrics.js';
import { tracePlugin } from './plugins/app/trace.js';
import { unreadBodiesPlugin } from './plugins/app/unread-bodies.js';
import { waitsPlugin } from './plugins/app/waits.js';
import { zodValidationPlugin } from './plugins/app/zod-validation.js';
import { corsPlugin } from './plugins/external/cors.js';
import { helmetPlugin } from './plugins/external/helmet.js';
import { openapiPlugin } from './plugins/external/openapi.js';
import { discoveryRoutes } from './routes/discovery.js';
import { metricsRoute } from './routes/metrics.js';
import { receiptRoute } from './routes/receipt.js';
import { serviceRoutes } from './routes/service.js';
import { settleRoute } from './routes/settle.js';
import { sponsorshipRoutes } from './routes/sponsorships.js';
import { statsRoute } from './routes/stats.js';
import { statusRoutes } from './routes/status.js';
import { statusEventsRoute } from './routes/status-events.js';
import { usageRoute } from './routes/usage.js';
import { verifyRoute } from './routes/verify.js';
import type { SelfCheckReport } from './self-check/index.js';
import type { Discovery } from './services/discovery.js';
import type { ReadHealth } from './services/health.js';
import type { ReadReceipt } from './services/read-receipt.js';
import type { ReadStats } from './services/read-stats.js';
import type { ReadStatus } from './services/read-status.js';
import type { ReadUsage } from './services/read-usage.js';
import type { SettlePayment } from './services/settle-payment.js';
import type { Sponsoring } from './services/sponsoring.js';
import type { ReadSupported } from './services/supported.js';
import type { VerifyPayment } from './services/verify-payment.js';
import type { Visibility } from './services/visibility.js';
import type { Explorers } from './status-page/index.js';

/** What the HTTP layer needs. This is all it sees of Redis, chains and queues. */
export type AppDependencies = {
  readonly config: Pick<Config, 'server' | 'metrics' | 'networks' | 'rateLimit' | 'security' | 'settle'>;
  readonly logger: Logger;
  readonly version: string;
  readonly schemes: SchemeRegistry;
  readonly networks: readonly Network[];
  readonly readSupported: ReadSupported;
  readonly verifyPayment: VerifyPayment;
  readonly settlePayment: SettlePayment;
  readonly readStatus: ReadStatus;
  readonly events: Pick<SettlementEvents, 'subscribe'>;
  readonly explorers: Explorers;
  readonly readReceipt: ReadReceipt;
  /** Unset: no fees are sponsored. */
  readonly sponsoring: Sponsoring | undefined;
  /** Unset: nothing is listed. */
  readonly discovery: Discovery | undefined;
  /** Unset: no keys are stored. */
  readonly registry: Pick<KeyRegistry, 'find'> | undefined;
  /** Unset: no usage is counted. */
  readonly readUsage: ReadUsage | undefined;
  readonly visibility: Visibility;
  /** POSIX milliseconds. */
  readonly clock: () => number;
  readonly readStats: ReadStats;
  readonly readHealth: ReadHealth;
  readonly readSelfCheck: () => readonly SelfCheckReport[];
  readonly readMetrics: () => Promise<Exposition>;
  readonly httpMetrics: HttpMetrics;
  /** A caller's allowance had no room for what its payment needs. */
  readonly onLookupsRefused: (countedBy: 'key' | 'address') => void;
  readonly tracing: Tracing | undefined;
  readonly errors: ErrorReporter | undefined;
  /** Counts requests for all replicas; an ioredis connection that fails fast. */
  readonly limitsRedis: unknown;
  /** Closing the app aborts it before connections are waited for, so that open waits answer and the app can close. */
  readonly stopping: AbortController;
};

/** Longer than any path within Node's header limit of 16 KiB, so that the route itself refuses a wrong id. */
const MAX_PARAM_LENGTH = 16_384;

/** Limits how long a request may take to arrive, not its answer. */
const REQUEST_ARRIVAL_MS = 30_000;

/** Longer than the usual minute of a load balancer, so that it is the one that closes. */
const KEEP_ALIVE_MS = 72_000;

/** The HTTP application, not listening yet. `close()` answers open waits, then waits for running requests. */
export async function buildApp(dependencies: AppDependencies): Promise<FastifyInstance> {
  const { config, logger, version, schemes, networks, stopping } = dependencies;
  const app: FastifyInstance = Fastify<Server, IncomingMessage, ServerResponse, FastifyBaseLogger>({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'reqId' }),
    serverFactory: (handler) =>
      createGuardedServer({
        handler,
        bounds: {
          connections: config.server.maxConnections,
          connectionsPerAddress: config.server.maxConnectionsPerAddress,
        },
        requestTimeoutMs: REQUEST_ARRIVAL_MS,
        keepAliveTimeoutMs: KEEP_ALIVE_MS,
        isProxy: trustedProxiesOf(config.server.trustProxy),
        onCut: dependencies.httpMetrics.cut,
      }),
    genReqId: requestIdOf,
    // A call that arrives while the replica stops is answered like any other: a 503 would be a gap for its caller.
    return503OnClosing: false,
    bodyLimit: config.server.maxBodyBytes,
    trustProxy: config.server.trustProxy,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      sendError(error, request, reply);
    },
  });
  await app.register(promptClosePlugin, { stopping });
  await app.register(unreadBodiesPlugin);
  // Before all plugins that log.
  await app.register(tracePlugin, { tracing: dependencies.tracing });
  await app.register(errorsPlugin, { schemes });
  await app.register(requestLogPlugin);
  await app.register(reportFailuresPlugin, { errors: dependencies.errors });
  await app.register(requestMetricsPlugin, { http: dependencies.httpMetrics });
  await app.register(accepts);
  await app.register(zodValidationPlugin);
  await app.register(jsonBodyPlugin);
  await app.register(helmetPlugin);
  await app.register(corsPlugin, { origins: config.security.corsOrigins });
  await app.register(callerPlugin, { security: config.security, registry: dependencies.registry });
  await app.register(limitsPlugin, { rateLimit: config.rateLimit, redis: dependencies.limitsRedis });
  await app.register(lookupsPlugin, {
    rateLimit: config.rateLimit,
    maxInputs: Math.max(...[...config.networks.values()].map(({ verification }) => verification.maxInputs)),
    redis: dependencies.limitsRedis,
    onRefused: dependencies.onLookupsRefused,
  });
  await app.register(waitsPlugin, { rateLimit: config.rateLimit });
  await app.register(requireKeyPlugin, { security: config.security });
  await app.register(openapiPlugin, {
    version,
    schemes: schemes.names,
    needsKey: isKeyed(config.security),
  });

  await app.register(verifyRoute, { ...dependencies, settle: config.settle });
  await app.register(settleRoute, { ...dependencies, settle: config.settle });
  await app.register(statusRoutes, {
    readStatus: dependencies.readStatus,
    networks,
    maxWaitMs: config.settle.maxWaitMs,
    schemes,
    explorers: dependencies.explorers,
  });
  await app.register(statusEventsRoute, {
    readStatus: dependencies.readStatus,
    events: dependencies.events,
    networks,
    stopping: stopping.signal,
  });
  await app.register(receiptRoute, dependencies);
  await app.register(sponsorshipRoutes, dependencies);
  if (dependencies.discovery !== undefined)
    await app.register(discoveryRoutes, { discovery: dependencies.discovery });
  await app.register(serviceRoutes, {
    version,
    networks,
    readSupported: dependencies.readSupported,
    readHealth: dependencies.readHealth,
    readSelfCheck: dependencies.readSelfCheck,
    stopping: stopping.signal,
  });
  if (dependencies.readUsage !== undefined)
    await app.register(usageRoute, { readUsage: dependencies.readUsage });
  await app.register(statsRoute, { readStats: dependencies.readStats });
  if (config.metrics.port === undefined)
    await app.register(metricsRoute, { readMetrics: dependencies.readMetrics });
  return app;
}
