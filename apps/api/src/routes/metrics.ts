import type { Exposition } from '@x402-facilitator/shared/telemetry';
import type { FastifyPluginAsync } from 'fastify';

/** What this process counted, for Prometheus. Never limited: a scrape that fails is an alert. */
export const metricsRoute: FastifyPluginAsync<{
  readonly readMetrics: () => Promise<Exposition>;
}> = async (app, { readMetrics }) => {
  app.get(
    '/metrics',
    { config: { budget: 'none' }, schema: { summary: 'Metrics for Prometheus', tags: ['service'] } },
    async (_request, reply) => {
      const { contentType, body } = await readMetrics();
      return reply.header('cache-control', 'no-store').type(contentType).send(body);
    },
  );
};
