import { statsResponseSchema } from '@x402-facilitator/shared/wire';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ReadStats } from '../services/read-stats.js';
import { problemResponses } from './problem-responses.js';

export const statsRoute: FastifyPluginAsyncZod<{ readonly readStats: ReadStats }> = async (
  app,
  { readStats },
) => {
  app.get(
    '/stats',
    {
      schema: {
        summary: 'Everything that was settled here, by outcome and volume',
        tags: ['service'],
        response: { 200: statsResponseSchema, ...problemResponses(429, 503) },
      },
    },
    async (_request, reply) => {
      const stats = await readStats();
      return reply.header('cache-control', 'no-store').send(stats);
    },
  );
};
