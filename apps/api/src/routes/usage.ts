import { usageResponseSchema } from '@x402-facilitator/shared/wire';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ReadUsage } from '../services/read-usage.js';
import { keyOf } from './call.js';
import { problemResponses } from './problem-responses.js';

export const usageRoute: FastifyPluginAsyncZod<{ readonly readUsage: ReadUsage }> = async (
  app,
  { readUsage },
) => {
  app.get(
    '/usage',
    {
      config: { access: 'key' },
      schema: {
        summary: 'What the caller’s key used today and this month, its quotas and what is left',
        tags: ['payments'],
        response: { 200: usageResponseSchema, ...problemResponses(401, 429, 503) },
      },
    },
    async (request, reply) => {
      const key = keyOf(request);
      if (key === undefined) throw new TypeError('expected a caller with a key');
      return reply.header('cache-control', 'no-store').send(await readUsage(key));
    },
  );
};
