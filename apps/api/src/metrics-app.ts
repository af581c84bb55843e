import { createGuardedServer, MONITORING_SERVER } from '@x402-facilitator/shared/http';
import Fastify, { type FastifyInstance } from 'fastify';
import type { AppDependencies } from './app.js';
import { zodValidationPlugin } from './plugins/app/zod-validation.js';
import { metricsRoute } from './routes/metrics.js';

/**
 * The listener of `metrics.port`. It serves only `/metrics`, for a network that callers cannot reach. `undefined` when
 * no port is configured: `/metrics` is then on the API's own port.
 */
export async function buildMetricsApp({
  config,
  readMetrics,
  httpMetrics,
}: Pick<AppDependencies, 'config' | 'readMetrics'> & {
  readonly httpMetrics: Pick<AppDependencies['httpMetrics'], 'cut'>;
}): Promise<FastifyInstance | undefined> {
  if (config.metrics.port === undefined) return undefined;
  const app = Fastify({
    serverFactory: (handler) =>
      createGuardedServer({ handler, ...MONITORING_SERVER, onCut: httpMetrics.cut }),
  });
  await app.register(zodValidationPlugin);
  await app.register(metricsRoute, { readMetrics });
  return app;
}
