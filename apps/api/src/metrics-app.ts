import { createGuardedServer, MONITORING_SERVER } from '@x402-facilitator/shared/http';
import Fastify, { type FastifyInstance } from 'fastify';
import type { AppDependencies } from './app.js';
import { type KeyAdminOptions, keyAdminPlugin } from './key-admin/index.js';
import { type OperatorsOptions, operatorsPlugin } from './operators/index.js';
import { callerPlugin } from './plugins/app/caller.js';
import { limitsPlugin } from './plugins/app/limits.js';
import { zodValidationPlugin } from './plugins/app/zod-validation.js';
import { helmetPlugin } from './plugins/external/helmet.js';
import { metricsRoute } from './routes/metrics.js';

/**
 * The listener of `metrics.port`, for a network that callers cannot reach: `/metrics`, and `/admin` where operators have
 * keys, `/admin/api/keys` where callers' keys are stored. `undefined` when no port is configured: `/metrics` is then on the API's own port.
 */
export async function buildMetricsApp({
  config,
  readMetrics,
  httpMetrics,
  limitsRedis,
  operators,
  keyAdmin,
}: Pick<AppDependencies, 'config' | 'readMetrics' | 'limitsRedis'> & {
  readonly httpMetrics: Pick<AppDependencies['httpMetrics'], 'cut'>;
  /** Unset: no operator has a key. */
  readonly operators: OperatorsOptions | undefined;
  /** Unset: no keys are stored. */
  readonly keyAdmin: KeyAdminOptions | undefined;
}): Promise<FastifyInstance | undefined> {
  if (config.metrics.port === undefined) return undefined;
  const app = Fastify({
    serverFactory: (handler) =>
      createGuardedServer({ handler, ...MONITORING_SERVER, onCut: httpMetrics.cut }),
  });
  await app.register(zodValidationPlugin);
  await app.register(metricsRoute, { readMetrics });
  const guarded = async (scope: FastifyInstance) => {
    await scope.register(helmetPlugin);
    // Guesses are counted by address, for all replicas together.
    const { security } = config;
    await scope.register(callerPlugin, {
      security: { ...security, apiKeys: security.operatorKeys, storedKeys: false },
      registry: undefined,
    });
    await scope.register(limitsPlugin, { rateLimit: config.rateLimit, redis: limitsRedis });
  };
  if (operators !== undefined)
    await app.register(async (scope) => {
      await guarded(scope);
      await scope.register(operatorsPlugin, operators);
    });
  if (keyAdmin !== undefined)
    await app.register(async (scope) => {
      await guarded(scope);
      await scope.register(keyAdminPlugin, keyAdmin);
    });
  return app;
}
