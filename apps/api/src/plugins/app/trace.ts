import {
  type OpenSpan,
  parseTraceparent,
  runAt,
  type TracePosition,
  type Tracing,
} from '@x402-facilitator/shared/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { onRequestEnd, routeLabel } from './request-end.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The request's position in a trace: our own span, or its caller's where we make no span. */
    trace: TracePosition | undefined;
  }
}

/**
 * Continues the caller's trace, or begins one. The caller's position is logged and travels with the settlement even
 * when no receiver of spans is configured. Routes without a rate limit, such as probes, make no span: most spans would
 * be theirs.
 */
export const tracePlugin = fp<{ readonly tracing: Tracing | undefined }>(
  async (app, { tracing }) => {
    const spans = new WeakMap<FastifyRequest, OpenSpan>();
    app.decorateRequest('trace', undefined);
    app.addHook('onRequest', (request, _reply, done) => {
      const caller = parseTraceparent(request.headers.traceparent);
      if (tracing !== undefined && isTraced(request)) {
        const span = tracing.start(request.method, {
          kind: 'server',
          parent: caller,
          attributes: { 'http.request.method': request.method, 'x402.request_id': request.id },
        });
        spans.set(request, span);
        request.trace = span.position;
      } else request.trace = caller;
      enter(request, done);
    });
    // Reading the body loses the request's position in the trace.
    app.addHook('preValidation', (request, _reply, done) => enter(request, done));
    onRequestEnd(app, (request, _reply, status) => spans.get(request)?.end(endOf(request, status)));
  },
  { name: 'trace' },
);

/** True for requests that match no route as well. */
export function isTraced(request: FastifyRequest): boolean {
  return request.routeOptions.config.budget !== 'none';
}

function enter({ trace }: FastifyRequest, done: () => void): void {
  if (trace === undefined) done();
  else runAt(trace, done);
}

function endOf(request: FastifyRequest, status: FastifyReply['statusCode']): Parameters<OpenSpan['end']>[0] {
  const { network, transaction, outcome } = request.facts ?? {};
  const route = routeLabel(request);
  return {
    name: `${request.method} ${route}`,
    attributes: {
      'http.route': route,
      'http.response.status_code': status,
      'x402.network': network,
      'x402.transaction': transaction,
      'x402.outcome': outcome,
    },
    failed: status >= 500 ? String(status) : undefined,
  };
}
