import formbody from '@fastify/formbody';
import type { History } from '@x402-facilitator/archive';
import { isTxHash, NETWORKS } from '@x402-facilitator/cardano';
import {
  type OperatorSessions,
  SETTLEMENT_STATES,
  settlementsIn,
  type WorkerPresence,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import {
  describeNetwork,
  type OperatedNetwork,
  pauseNetwork,
  resumeNetwork,
  wordsOfUnreadable,
} from '@x402-facilitator/shared/operations';
import type { Logger } from '@x402-facilitator/shared/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemOf } from '../plugins/app/errors.js';
import { HttpProblem } from '../plugins/app/http-problem.js';
import type { ReadHealth } from '../services/health.js';
import {
  PAGE_HEADERS,
  renderOverviewPage,
  renderProblemPage,
  renderSettlementPage,
  renderSettlementsPage,
  settlementsLink,
} from './pages/index.js';
import { signInPlugin } from './sign-in.js';

export type OperatorsOptions = {
  readonly keys: Config['security']['operatorKeys'];
  readonly sessions: OperatorSessions;
  readonly networks: readonly OperatedNetwork[];
  readonly history: Pick<History, 'find'>;
  readonly presence: Pick<WorkerPresence, 'list'>;
  readonly readHealth: ReadHealth;
  readonly logger: Logger;
  /** POSIX milliseconds. */
  readonly clock: () => number;
};

const SETTLEMENTS_PER_PAGE = 50;
const FAILURES_SHOWN = 10;

const emptyIsUnset = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

/** `/admin`: what operators look at when something is wrong, and the switch that stops the taking of money. */
export const operatorsPlugin: FastifyPluginAsyncZod<OperatorsOptions> = async (app, options) => {
  const { keys, sessions, networks, history, presence, readHealth, logger, clock } = options;
  const networkNamed = (name: string): OperatedNetwork => {
    const served = networks.find(({ network }) => network === name);
    if (served === undefined)
      throw new HttpProblem(
        400,
        'invalid_request',
        `network: expected one of ${networks.map(({ network }) => network).join(', ')}, found "${name}"`,
      );
    return served;
  };
  const page = (reply: FastifyReply, text: string) => reply.type('text/html; charset=utf-8').send(text);
  const operatorOf = ({ operator }: FastifyRequest): string => {
    if (operator === undefined) throw new TypeError('expected a signed-in operator');
    return operator;
  };

  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(PAGE_HEADERS);
    done();
  });
  app.setErrorHandler(async (error, request, reply) => {
    const { statusCode, headers, message } = problemOf(error);
    if (statusCode >= 500) logger.error({ error }, 'the operators’ page failed');
    const text = renderProblemPage({ status: statusCode, message, operator: request.operator });
    return page(reply.code(statusCode).headers(headers), text);
  });
  await app.register(formbody);
  await app.register(signInPlugin, { keys, sessions, logger });

  app.get('/admin', { schema: { hide: true } }, async (request, reply) => {
    const nowMs = clock();
    const [health, workers, described] = await Promise.all([
      readHealth(),
      presence.list(),
      Promise.all(
        networks.map(async (served) => ({
          ...(await describeNetwork(served, nowMs)),
          failures: await served.queue.failures(FAILURES_SHOWN),
        })),
      ),
    ]);
    const operator = operatorOf(request);
    return page(reply, renderOverviewPage({ operator, nowMs, health, networks: described, workers }));
  });

  app.get(
    '/admin/search',
    { schema: { hide: true, querystring: z.object({ for: z.string().trim().min(1).max(256) }) } },
    async (request, reply) => {
      const { for: text } = request.query;
      if (isTxHash(text.toLowerCase()))
        return reply.redirect(`/admin/settlements/${text.toLowerCase()}`, 303);
      const network = networks[0]?.network ?? '';
      return reply.redirect(settlementsLink({ network, payer: text }), 303);
    },
  );

  app.get(
    '/admin/settlements',
    {
      schema: {
        hide: true,
        querystring: z.object({
          network: emptyIsUnset(z.enum(NETWORKS)),
          state: emptyIsUnset(z.enum(SETTLEMENT_STATES)),
          payer: emptyIsUnset(z.string().trim().max(256)),
          newest: emptyIsUnset(z.coerce.number().int().nonnegative()),
        }),
      },
    },
    async (request, reply) => {
      const { network: name = networks[0]?.network ?? '', state, payer, newest } = request.query;
      const { network, journal } = networkNamed(name);
      const { txHashes, nextMs } = await journal.recent(network, {
        state,
        payer,
        newestMs: newest,
        limit: SETTLEMENTS_PER_PAGE,
      });
      const readings = await journal.readMany(network, txHashes);
      return page(
        reply,
        renderSettlementsPage({
          operator: operatorOf(request),
          networks: networks.map((served) => served.network),
          filter: { network, state, payer },
          settlements: settlementsIn(readings),
          unreadable: readings.flatMap((reading) => (reading.ok ? [] : [reading.error])),
          nextMs,
        }),
      );
    },
  );

  app.get(
    '/admin/settlements/:transaction',
    { schema: { hide: true, params: z.object({ transaction: z.string() }) } },
    async (request, reply) => {
      const { transaction } = request.params;
      if (!isTxHash(transaction))
        throw new HttpProblem(
          400,
          'invalid_request',
          `transaction: expected 64 lowercase hexadecimal digits, found "${transaction}"`,
        );
      const { reading } = await history.find(
        networks.map(({ network }) => network),
        transaction,
      );
      if (!reading.ok) throw new HttpProblem(503, 'unavailable', wordsOfUnreadable([reading.error]));
      const { value: settlement } = reading;
      if (settlement === undefined)
        throw new HttpProblem(404, 'not_found', `no settlement of ${transaction} is known here`);
      const job = await networkNamed(settlement.network).queue.jobState(transaction);
      const operator = operatorOf(request);
      return page(reply, renderSettlementPage({ operator, settlement, job, nowMs: clock() }));
    },
  );

  const pauseForm = z.object({ network: z.string(), reason: z.string().trim().min(1).max(200) });
  app.post('/admin/pause', { schema: { hide: true, body: pauseForm } }, async (request, reply) => {
    const served = networkNamed(request.body.network);
    const operator = operatorOf(request);
    // Callers are told the reason, not who gave it.
    const { reason } = request.body;
    await pauseNetwork(served, { nowMs: clock(), reason });
    logger.warn({ network: served.network, metadata: { operator, reason } }, 'an operator paused settling');
    return reply.redirect('/admin', 303);
  });

  const resumeForm = z.object({ network: z.string() });
  app.post('/admin/resume', { schema: { hide: true, body: resumeForm } }, async (request, reply) => {
    const served = networkNamed(request.body.network);
    await resumeNetwork(served);
    const metadata = { operator: operatorOf(request) };
    logger.warn({ network: served.network, metadata }, 'an operator resumed settling');
    return reply.redirect('/admin', 303);
  });
};
