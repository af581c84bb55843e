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
}: Pick<AppDependencies, 'config' | 'readMetrics'>): Promise<FastifyInstance | undefined> {
  if (config.metrics.port === undefined) return undefined;
  const app = Fastify();
  await app.register(zodValidationPlugin);
  await app.register(metricsRoute, { readMetrics });
  return app;
}
