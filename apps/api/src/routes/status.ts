import { type Network, parseNetwork } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/shared/journal';
import {
  statusRequestSchema,
  statusResponseSchema,
  transactionIdSchema,
} from '@x402-facilitator/shared/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { HttpProblem } from '../plugins/app/http-problem.js';
import { isSettled, toNotFoundResponse, toStatusResponse } from '../services/describe-settlement.js';
import type { ReadStatus } from '../services/read-status.js';
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

const configOf = (url: string) =>
  ({ access: 'status', budget: 'sensitive', waitRoute: `${url}:wait` }) as const;

export const statusRoutes: FastifyPluginAsyncZod<{
  readonly readStatus: ReadStatus;
  readonly networks: readonly Network[];
  readonly maxWaitMs: number;
}> = async (app, { readStatus, networks, maxWaitMs }) => {
  app.get(
    '/status/:transaction',
    {
      config: configOf('/status/:transaction'),
      schema: {
        summary: 'The settlement as it stands, or after its next change',
        tags: ['payments'],
        params: z.object({ transaction: transactionIdSchema }),
        querystring,
        response,
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
    transaction: Settlement['transaction'],
    waitSeconds = 0,
    network?: Network,
  ) {
    request.facts = { transaction, network };
    request.isWaiting = waitSeconds > 0;
    const settlement = await readStatus({
      transaction,
      network,
      waitMs: Math.min(waitSeconds * 1000, maxWaitMs),
      hungUp: hangUpOf(reply),
    });
    if (settlement === undefined)
      return reply
        .code(404)
        .send(toNotFoundResponse(transaction, network === undefined ? networks : [network]));
    request.facts = {
      transaction,
      network: settlement.network,
      userId: settlement.payer,
      outcome: settlement.state,
    };
    reply.header('cache-control', 'no-store');
    if (!isSettled(settlement)) reply.header('retry-after', PENDING_RETRY_SECONDS);
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
