import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Settlement } from '@x402-facilitator/journal';
import { traceFields } from '@x402-facilitator/shared/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { onRequestEnd, routeLabel } from './request-end.js';

/** Facts of a request's log line besides HTTP. Never free text, never a body. */
export type RequestFacts = {
  userId?: string | undefined;
  transaction?: string | undefined;
  network?: string | undefined;
  outcome?: string | undefined;
};

/** The facts of a request for one settlement. */
export function settlementFacts({ txHash, network, payer, state }: Settlement): RequestFacts {
  return { transaction: txHash, network, userId: payer, outcome: state };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Filled by the route, and written with the request's line. */
    facts: RequestFacts;
    /** Set by a route when the request waits for an outcome, because its duration is then not a latency. */
    isWaiting: boolean;
  }
}

const SANE_ID = /^[\w.:-]{1,128}$/;

/** The caller's own id if it is safe for a log and a header, else a new one. */
export function requestIdOf(message: IncomingMessage): string {
  const named = message.headers['x-request-id'];
  return typeof named === 'string' && SANE_ID.test(named) ? named : randomUUID();
}

/** One line per request, by its outcome at `debug`, `info`, `warn` or `error`, and the request's id on every response. */
export const requestLogPlugin = fp(
  async (app) => {
    app.decorateRequest('facts');
    app.decorateRequest('isWaiting', false);
    app.addHook('onRequest', (request, reply, done) => {
      request.facts = {};
      reply.header('x-request-id', request.id);
      done();
    });
    onRequestEnd(app, logRequest);
  },
  { name: 'request-log' },
);

function logRequest(request: FastifyRequest, reply: FastifyReply, statusCode: number): void {
  const duration = Math.round(reply.elapsedTime * 100) / 100;
  request.log[levelOf(request, statusCode)](
    { ...traceFields(request.trace), ...factsOf(request), statusCode, responseTime: duration, duration },
    'request completed',
  );
}

/** What load balancers and Prometheus ask every few seconds. */
const PROBES: ReadonlySet<string> = new Set(['/live', '/ready', '/health', '/metrics']);

function levelOf(request: FastifyRequest, statusCode: number): 'debug' | 'info' | 'warn' | 'error' {
  // The service says 503 itself while something that it needs is away; every other 5xx is a fault.
  if (statusCode >= 500) return statusCode === 503 ? 'warn' : 'error';
  return PROBES.has(routeLabel(request)) ? 'debug' : 'info';
}

function factsOf(request: FastifyRequest): Record<string, unknown> {
  return {
    method: request.method,
    route: routeLabel(request),
    ...request.facts,
    ...(request.caller?.kind === 'key' ? { caller: request.caller.key.name } : {}),
  };
}
