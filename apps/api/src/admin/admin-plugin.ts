import fastifyStatic from '@fastify/static';
import { isRedisUnavailable, type OpenSubmitQueue } from '@x402-facilitator/journal';
import type { ApiKeyConfig } from '@x402-facilitator/shared/config';
import type { FastifyError, FastifyPluginAsync } from 'fastify';
import { sendError } from '../plugins/app/errors.js';
import { HttpProblem } from '../plugins/app/http-problem.js';
import '../plugins/app/route-config.js';
import { requireAdmin } from './admin-key.js';
import type { GuessLimit } from './guess-limit.js';
import { createQueueBoard } from './queue-board.js';

export type AdminOptions = {
  readonly key: ApiKeyConfig;
  readonly guesses: GuessLimit;
  readonly queues: readonly OpenSubmitQueue[];
};

const BASE_PATH = '/admin/queues';

/** Bull Board's scripts also set its styles; they read from this server and from nowhere else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `/admin/queues` for the holder of the admin key: the queues as Bull Board shows them, read only. */
export const adminPlugin: FastifyPluginAsync<AdminOptions> = async (root, options) => {
  const board = createQueueBoard(options.queues, BASE_PATH);
  await root.register(
    async (app) => {
      // The page may ask as often as it likes; wrong keys are counted apart.
      app.addHook('onRoute', (route) => {
        route.config = { ...route.config, budget: 'none' };
      });
      app.addHook('onRequest', async (request, reply) => {
        await requireAdmin(request, options);
        reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      });
      app.setErrorHandler(async (error: FastifyError, request, reply) =>
        sendError(isRedisUnavailable(error) ? REDIS_AWAY : error, request, reply),
      );
      await app.register(fastifyStatic, {
        root: board.staticFolder,
        prefix: '/static/',
        decorateReply: false,
        index: false,
      });
      for (const url of board.pagePaths)
        app.get(url, { schema: { hide: true } }, async (_request, reply) =>
          reply
            .type('text/html; charset=utf-8')
            .header('cache-control', 'no-store')
            .send(await board.page()),
        );
      for (const { path, answer } of board.reads)
        app.get<{ Params: Record<string, string>; Querystring: Record<string, string> }>(
          path,
          { schema: { hide: true } },
          async ({ params, query }, reply) => {
            const { status, body } = await answer({ params, query });
            return reply.code(status).header('cache-control', 'no-store').send(body);
          },
        );
    },
    { prefix: BASE_PATH },
  );
};

const REDIS_AWAY = new HttpProblem(503, 'unavailable', 'Redis does not answer', { 'retry-after': '5' });
