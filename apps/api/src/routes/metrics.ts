import type { Exposition } from '@x402-facilitator/shared/telemetry';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** This process's metrics, for Prometheus. Never rate limited, because a failed scrape raises an alert. */
export const metricsRoute: FastifyPluginAsyncZod<{
  readonly readMetrics: () => Promise<Exposition>;
}> = async (app, { readMetrics }) => {
  app.get(
    '/metrics',
    {
      config: { budget: 'none' },
      schema: {
        summary: 'Metrics for Prometheus, unless they have a port of their own',
        tags: ['service'],
        response: { 200: { content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => {
      const { contentType, body } = await readMetrics();
      return reply.header('cache-control', 'no-store').type(contentType).send(body);
    },
  );
};
