import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Network } from '@x402-facilitator/cardano';
import { isDone, type Settlement, type SettlementEvents } from '@x402-facilitator/journal';
import { statusResponseSchema, transactionIdSchema } from '@x402-facilitator/shared/wire';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { keyNameOf } from '../plugins/app/caller.js';
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
      const viewer = keyNameOf(request);
      const known = await readStatus({ txHash: transaction, viewer, waitMs: 0, hungUp });
      if (known === undefined) return reply.code(404).send(toNotFoundResponse(transaction, networks));
      const seenRevision = Number(request.headers['last-event-id'] ?? -1);
      // Without a 204 a browser would reconnect for ever.
      if (isDone(known) && known.revision <= seenRevision) return reply.code(204).send(null);
      request.startWaiting(reply);
      const news = followStatus({
        readStatus,
        events,
        txHash: transaction,
        viewer,
        seenRevision,
        hungUp,
        stopping,
      });
      reply.hijack();
      reply.raw.writeHead(200, {
        ...headersOf(reply),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      if (request.method === 'HEAD') reply.raw.end();
      else
        await send(news, reply.raw).catch((error: unknown) => {
          request.log.error({ error }, 'an event stream failed');
          reply.raw.destroy();
        });
    },
  );
};

/**
 * Writes each event by itself, and the last one together with the end. A `Readable` between the two would take most of
 * what an event costs, and a block brings thousands.
 */
async function send(news: AsyncIterable<StatusNews>, raw: ServerResponse): Promise<void> {
  for await (const item of news) {
    if (raw.destroyed) return;
    if (item.kind === 'changed' && isDone(item.settlement)) {
      raw.end(eventOf(item.settlement));
      return;
    }
    const isTaken = raw.write(item.kind === 'heartbeat' ? ': alive\n\n' : eventOf(item.settlement));
    // Until it has read that, it gets no more: of later changes it is told the last.
    if (!isTaken) await drained(raw);
  }
  raw.end();
}

/** Resolves when its reader took what was written, or is gone. */
function drained(raw: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      raw.off('drain', end);
      raw.off('close', end);
      resolve();
    };
    raw.on('drain', end);
    raw.on('close', end);
  });
}

function eventOf(settlement: Settlement): string {
  const data = JSON.stringify(toStatusResponse(settlement));
  return `id: ${settlement.revision}\nevent: status\ndata: ${data}\n\n`;
}

/** What plugins have set. */
function headersOf(reply: FastifyReply): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
}
