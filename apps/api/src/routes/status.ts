import { type Network, parseNetwork, type SchemeRegistry, type TxHash } from '@x402-facilitator/cardano';
import { isDone } from '@x402-facilitator/journal';
import {
  statusRequestSchema,
  statusResponseSchema,
  transactionIdSchema,
} from '@x402-facilitator/shared/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { keyNameOf } from '../plugins/app/caller.js';
import { logFault, problemOf, sendError } from '../plugins/app/errors.js';
import { HttpProblem } from '../plugins/app/http-problem.js';
import { settlementFacts } from '../plugins/app/request-log.js';
import { toNotFoundResponse, toStatusResponse } from '../services/describe-settlement.js';
import type { ReadStatus } from '../services/read-status.js';
import {
  type Explorers,
  PAGE_SECURITY_POLICY,
  renderProblemPage,
  renderSettlementPage,
} from '../status-page/index.js';
import { hangUpOf } from './hang-up.js';
import { problemResponses } from './problem-responses.js';

const PENDING_RETRY_SECONDS = '5';

const querystring = z.looseObject({
  wait: z
    .string()
    .regex(/^\d{1,9}$/, 'expected a whole number of seconds')
    .transform(Number)
    .optional()
    .describe('long poll: answer after this many seconds, or with the next change'),
});

const response = {
  200: statusResponseSchema,
  404: statusResponseSchema,
  ...problemResponses(400, 401, 429, 503),
};

/** The same statuses, each of them also as a page. */
const pageOr = (schema: typeof statusResponseSchema) => ({
  content: { 'application/json': { schema }, 'text/html': { schema: z.string() } },
});

const configOf = (url: string) =>
  ({ access: 'status', budget: 'sensitive', waitRoute: `${url}:wait` }) as const;

export const statusRoutes: FastifyPluginAsyncZod<{
  readonly readStatus: ReadStatus;
  readonly networks: readonly Network[];
  readonly maxWaitMs: number;
  readonly schemes: SchemeRegistry;
  readonly explorers: Explorers;
}> = async (app, { readStatus, networks, maxWaitMs, schemes, explorers }) => {
  app.addHook('onSend', async (request, reply) => {
    if (request.method !== 'POST') reply.header('vary', withAccept(reply.getHeader('vary')));
  });
  app.setErrorHandler(async (error, request, reply) => {
    if (!wantsPage(request)) return sendError(error, request, reply);
    logFault(error, request);
    const { statusCode, message, headers } = problemOf(error);
    return sendPage(
      reply.code(statusCode).headers(headers),
      renderProblemPage({ status: statusCode, message }),
    );
  });

  app.get(
    '/status/:transaction',
    {
      config: configOf('/status/:transaction'),
      schema: {
        summary: 'The current state of the settlement, or its next one; for a browser a page that follows it',
        tags: ['payments'],
        params: z.object({ transaction: transactionIdSchema }),
        querystring,
        response: { ...response, 200: pageOr(statusResponseSchema), 404: pageOr(statusResponseSchema) },
      },
    },
    async (request, reply) => answer(request, reply, request.params.transaction, request.query.wait),
  );

  app.post(
    '/status',
    {
      config: configOf('/status'),
      schema: {
        summary: 'The same for callers that post',
        tags: ['payments'],
        body: statusRequestSchema,
        querystring,
        response,
      },
    },
    async (request, reply) => {
      const { transaction, paymentRequirements } = request.body;
      const network = paymentRequirements && servedNetwork(paymentRequirements.network);
      return answer(request, reply, transaction, request.query.wait, network ?? undefined);
    },
  );

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    txHash: TxHash,
    waitSeconds = 0,
    network?: Network,
  ) {
    request.facts = { transaction: txHash, network };
    if (waitSeconds > 0) request.startWaiting(reply);
    const settlement = await readStatus({
      txHash,
      network,
      viewer: keyNameOf(request),
      waitMs: Math.min(waitSeconds * 1000, maxWaitMs),
      hungUp: hangUpOf(reply),
    });
    const isPage = wantsPage(request);
    if (settlement === undefined) {
      const notFound = toNotFoundResponse(txHash, network === undefined ? networks : [network]);
      reply.code(404);
      if (!isPage) return reply.send(notFound);
      return sendPage(reply, renderProblemPage({ status: 404, message: notFound.errorMessage ?? '' }));
    }
    request.facts = settlementFacts(settlement);
    reply.header('cache-control', 'no-store');
    if (!isDone(settlement)) reply.header('retry-after', PENDING_RETRY_SECONDS);
    if (isPage) return sendPage(reply, renderSettlementPage(settlement, { explorers, schemes }));
    return reply.send(toStatusResponse(settlement));
  }

  function servedNetwork(named: string): Network {
    const network = parseNetwork(named);
    if (network !== undefined && networks.includes(network)) return network;
    throw new HttpProblem(
      400,
      'invalid_request',
      `paymentRequirements.network: expected ${networks.join(' or ')}, found another network`,
    );
  }
};

/** True for a caller that names HTML, as browsers do. A caller that accepts anything, or names nothing, gets JSON. */
function wantsPage(request: FastifyRequest): boolean {
  return request.method !== 'POST' && request.accepts().type(['json', 'html']) === 'html';
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .headers({ 'cache-control': 'no-store', 'content-security-policy': PAGE_SECURITY_POLICY })
    .send(page);
}

function withAccept(vary: number | string | string[] | undefined): string {
  return vary === undefined ? 'accept' : `${String(vary)}, accept`;
}
