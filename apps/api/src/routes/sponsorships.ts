import { parseNetwork, parseOutRef } from '@x402-facilitator/cardano';
import { type Sponsorship, sponsorshipIdSchema } from '@x402-facilitator/journal';
import {
  type SponsorshipResponse,
  sponsorshipRequestSchema,
  sponsorshipResponseSchema,
} from '@x402-facilitator/shared/wire';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { callerName, keyNameOf, keyOfCaller } from '../plugins/app/caller.js';
import { HttpProblem } from '../plugins/app/http-problem.js';
import type { Sponsoring } from '../services/sponsoring.js';
import type { Visibility } from '../services/visibility.js';
import { keyOf } from './call.js';
import { problemResponses } from './problem-responses.js';

const UNAVAILABLE_RETRY_SECONDS = 30;
const POOL_RETRY_SECONDS = 5;

/** Sponsored fees (docs/sponsorship.md). While they are off, the routes answer 404. */
export const sponsorshipRoutes: FastifyPluginAsyncZod<{
  readonly sponsoring: Sponsoring | undefined;
  readonly visibility: Visibility;
  /** POSIX milliseconds. */
  readonly clock: () => number;
}> = async (app, { sponsoring, visibility, clock }) => {
  const retryAt = (ms: number) => retryAfter(Math.ceil((ms - clock()) / 1000));

  app.post(
    '/sponsorships',
    {
      config: { access: 'key', budget: 'sensitive' },
      schema: {
        summary: 'Reserve an output of the facilitator’s that pays the fee of one payment',
        tags: ['payments'],
        body: sponsorshipRequestSchema,
        response: {
          201: sponsorshipResponseSchema,
          ...problemResponses(400, 401, 404, 413, 415, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const answer = await offered(sponsoring).reserve(
        request.body,
        callerName(request),
        keyOf(request)?.settings?.sponsorshipLovelacePerDay,
      );
      request.facts = {
        network: parseNetwork(request.body.network),
        userId: request.body.payer,
        outcome: answer.kind,
      };
      reply.header('cache-control', 'no-store');
      switch (answer.kind) {
        case 'reserved':
          return reply
            .code(201)
            .header('location', `/sponsorships/${answer.sponsorship.id}`)
            .send(describe(answer.sponsorship));
        case 'refused':
          throw new HttpProblem(400, 'invalid_request', answer.message);
        case 'pool-empty':
          throw new HttpProblem(
            503,
            'sponsorship_pool_empty',
            'every output of the pool is lent; some come back when reservations expire',
            answer.retryAtMs === undefined ? retryAfter(POOL_RETRY_SECONDS) : retryAt(answer.retryAtMs),
          );
        case 'unavailable':
          throw new HttpProblem(
            503,
            'sponsorship_unavailable',
            `no fees are sponsored now: ${answer.reason}`,
            retryAfter(UNAVAILABLE_RETRY_SECONDS),
          );
        case 'too-many':
          throw new HttpProblem(
            429,
            'too_many_sponsorships',
            `expected at most ${answer.limit} reservations of one ${answer.by} at a time, found more; use them or let them expire`,
            retryAfter(POOL_RETRY_SECONDS),
          );
        case 'limit-reached':
          throw new HttpProblem(
            429,
            'sponsorship_limit_reached',
            `no more is sponsored today: the limit ${LIMIT_WORDS[answer.limit]} is reached; the next UTC day begins with empty books`,
            retryAt(answer.retryAtMs),
          );
      }
    },
  );

  app.get(
    '/sponsorships/:id',
    {
      config: { access: 'key', budget: 'sensitive' },
      schema: {
        summary: 'The current state of a reservation',
        tags: ['payments'],
        params: z.object({ id: sponsorshipIdSchema }),
        response: { 200: sponsorshipResponseSchema, ...problemResponses(400, 401, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const reading = await offered(sponsoring).read(request.params.id);
      if (!reading.ok)
        throw new HttpProblem(
          503,
          'sponsorship_unavailable',
          'the record of this reservation cannot be read here; it was left as it is',
          retryAfter(UNAVAILABLE_RETRY_SECONDS),
        );
      const sponsorship = reading.value;
      const isSeen =
        sponsorship !== undefined &&
        (await visibility.isSeen(keyOfCaller(sponsorship.caller), keyNameOf(request)));
      if (!isSeen) throw new HttpProblem(404, 'not_found', 'no reservation of that id is known here');
      request.facts = {
        network: sponsorship.network,
        userId: sponsorship.payer,
        outcome: sponsorship.state,
        ...(sponsorship.txHash === undefined ? {} : { transaction: sponsorship.txHash }),
      };
      return reply.header('cache-control', 'no-store').send(describe(sponsorship));
    },
  );
};

const LIMIT_WORDS = { payer: 'of this payer', key: 'of this caller', day: 'of this facilitator' } as const;

function offered(sponsoring: Sponsoring | undefined): Sponsoring {
  if (sponsoring !== undefined) return sponsoring;
  throw new HttpProblem(404, 'not_found', 'this facilitator sponsors no fees');
}

function retryAfter(seconds: number): Readonly<Record<string, string>> {
  return { 'retry-after': String(Math.max(1, seconds)) };
}

function describe(sponsorship: Sponsorship): SponsorshipResponse {
  const { id, network, state, payer, input, changeAddress, txHash } = sponsorship;
  const outRef = parseOutRef(input);
  if (outRef === undefined) throw new TypeError(`expected an output in sponsorship ${id}, found ${input}`);
  return {
    id,
    network,
    state,
    payer,
    input: {
      transaction: outRef.txHash,
      index: outRef.index,
      address: changeAddress,
      lovelace: sponsorship.lovelace.toString(),
    },
    changeAddress,
    maxFeeLovelace: sponsorship.maxFeeLovelace.toString(),
    minAdaLovelace: sponsorship.minAdaLovelace.toString(),
    expiresAt: new Date(sponsorship.expiresAtMs).toISOString(),
    ...(txHash === undefined ? {} : { transaction: txHash }),
  };
}
