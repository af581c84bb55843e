import {
  discoveryListQuerySchema,
  discoveryResourcesResponseSchema,
  discoverySearchQuerySchema,
  discoverySearchResponseSchema,
  discoveryStatusQuerySchema,
  discoveryStatusResponseSchema,
  discoveryWordResponseSchema,
  discoveryWordSchema,
} from '@x402-facilitator/shared/wire';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  DISCOVERY_PAGE_POLICY,
  renderDiscoveryForm,
  renderDiscoveryStatus,
} from '../discovery-page/index.js';
import { keyNameOf } from '../plugins/app/caller.js';
import { HttpProblem } from '../plugins/app/http-problem.js';
import type { Discovery } from '../services/discovery.js';
import { problemResponses } from './problem-responses.js';

/** Lists change with every payment; a cache between may hold one for as long as a replica does. */
const CACHED = 'public, max-age=1';

/** The catalogue of paid resources, and why one is not in it. */
export const discoveryRoutes: FastifyPluginAsyncZod<{ readonly discovery: Discovery }> = async (
  app,
  { discovery },
) => {
  app.get(
    '/discovery/resources',
    {
      schema: {
        summary: 'Resources that were paid for here, the last paid first',
        tags: ['discovery'],
        querystring: discoveryListQuerySchema,
        response: { 200: discoveryResourcesResponseSchema, ...problemResponses(400, 429, 503) },
      },
    },
    async (request, reply) => {
      demandAsset(request.query);
      const { items, ...pagination } = await discovery.list(request.query);
      return reply.header('cache-control', CACHED).send({ x402Version: 2, items: [...items], pagination });
    },
  );

  app.get(
    '/discovery/search',
    {
      schema: {
        summary: 'The same by words, the best matches first',
        tags: ['discovery'],
        querystring: discoverySearchQuerySchema,
        response: { 200: discoverySearchResponseSchema, ...problemResponses(400, 429, 503) },
      },
    },
    async (request, reply) => {
      demandAsset(request.query);
      const { resources, cursor } = await discovery.search(request.query);
      return reply.header('cache-control', CACHED).send({
        x402Version: 2,
        resources: [...resources],
        partialResults: cursor !== undefined,
        pagination: { limit: resources.length, cursor: cursor ?? null },
      });
    },
  );

  app.get(
    '/discovery/status',
    {
      config: { access: 'status', budget: 'sensitive' },
      schema: {
        summary: 'Whether a URL is listed, and why not; for a browser a page',
        tags: ['discovery'],
        querystring: discoveryStatusQuerySchema.partial(),
        response: {
          200: {
            content: {
              'application/json': { schema: discoveryStatusResponseSchema },
              'text/html': { schema: z.string() },
            },
          },
          ...problemResponses(400, 401, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { resource } = request.query;
      const isPage = request.accepts().type(['json', 'html']) === 'html';
      const vary = reply.getHeader('vary');
      reply.headers({
        vary: vary === undefined ? 'accept' : `${String(vary)}, accept`,
        'cache-control': 'no-store',
      });
      if (resource === undefined) {
        if (isPage) return sendPage(reply, renderDiscoveryForm());
        throw new HttpProblem(400, 'invalid_request', 'resource: expected the paid URL, found nothing');
      }
      const status = await discovery.status(resource, keyNameOf(request));
      return isPage ? sendPage(reply, renderDiscoveryStatus(resource, status)) : reply.send(status);
    },
  );

  app.post(
    '/discovery/word',
    {
      config: { budget: 'sensitive' },
      schema: {
        summary: 'A seller withdraws its listings of a URL, or has them listed again',
        tags: ['discovery'],
        body: discoveryWordSchema,
        response: { 200: discoveryWordResponseSchema, ...problemResponses(400, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const outcome = await discovery.say(request.body);
      switch (outcome.kind) {
        case 'said':
          return reply.send({ changed: outcome.changed });
        case 'refused':
          throw new HttpProblem(400, 'invalid_request', outcome.message);
        case 'unknown':
          throw new HttpProblem(404, 'not_found', 'resource: expected one that is listed for payTo');
        case 'outdated':
          throw new HttpProblem(400, 'invalid_request', 'at: expected a time after that of the last word');
      }
    },
  );
};

function demandAsset(query: {
  readonly maxAmount?: string | undefined;
  readonly asset?: string | undefined;
}): void {
  if (query.maxAmount !== undefined && query.asset === undefined)
    throw new HttpProblem(400, 'invalid_request', 'maxAmount: expected asset too, which it is an amount of');
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', DISCOVERY_PAGE_POLICY)
    .send(page);
}
