import { Readable } from 'node:stream';
import type { Network } from '@x402-facilitator/cardano';
import { isDone, type SettlementEvents } from '@x402-facilitator/journal';
import { statusResponseSchema, transactionIdSchema } from '@x402-facilitator/shared/wire';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toNotFoundResponse, toStatusResponse } from '../services/describe-settlement.js';
import { followStatus, type StatusNews } from '../services/follow-status.js';
import type { ReadStatus } from '../services/read-status.js';
import { hangUpOf } from './hang-up.js';
import { problemResponses } from './problem-responses.js';

const headers = z.looseObject({
  'last-event-id': z
    .string()
    .regex(/^\d{1,15}$/, 'expected the id of an event of this stream')
    .optional()
    .describe('the last event that was received: older ones are not sent again'),
});

export const statusEventsRoute: FastifyPluginAsyncZod<{
  readonly readStatus: ReadStatus;
  readonly events: Pick<SettlementEvents, 'subscribe'>;
  readonly networks: readonly Network[];
  /** Fires when the process stops. */
  readonly stopping: AbortSignal;
}> = async (app, { readStatus, events, networks, stopping }) => {
  app.get(
    '/status/:transaction/events',
    {
      config: {
        access: 'status',
        budget: 'sensitive',
        waitRoute: '/status/:transaction/events:wait',
      },
      schema: {
        summary: 'One Server-Sent Event per change until the settlement has ended',
        tags: ['payments'],
        params: z.object({ transaction: transactionIdSchema }),
        headers,
        response: {
          200: { content: { 'text/event-stream': { schema: z.unknown() } } },
          204: z.null().describe('ended, and every event was received'),
          404: statusResponseSchema,
          ...problemResponses(400, 401, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { transaction } = request.params;
      const hungUp = hangUpOf(reply);
      request.facts = { transaction };
      const known = await readStatus({ txHash: transaction, waitMs: 0, hungUp });
      if (known === undefined) return reply.code(404).send(toNotFoundResponse(transaction, networks));
      const seenRevision = Number(request.headers['last-event-id'] ?? -1);
      // Without a 204 a browser would reconnect for ever.
      if (isDone(known) && known.revision <= seenRevision) return reply.code(204).send(null);
      request.startWaiting(reply);
      const news = followStatus({ readStatus, events, txHash: transaction, seenRevision, hungUp, stopping });
      return reply
        .type('text/event-stream; charset=utf-8')
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        .send(Readable.from(encode(news)));
    },
  );
};

async function* encode(news: AsyncIterable<StatusNews>): AsyncGenerator<string> {
  for await (const item of news) {
    if (item.kind === 'heartbeat') yield ': alive\n\n';
    else {
      const { settlement } = item;
      const data = JSON.stringify(toStatusResponse(settlement));
      yield `id: ${settlement.revision}\nevent: status\ndata: ${data}\n\n`;
    }
  }
}
