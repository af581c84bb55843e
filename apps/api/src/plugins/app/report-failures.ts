import type { ErrorReporter } from '@x402-facilitator/shared/telemetry';
import fp from 'fastify-plugin';
import { onRequestEnd, routeLabel } from './request-end.js';
import { isTraced } from './trace.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The error that the request was answered for. */
    failure: unknown;
  }
}

/** Codes of outcomes that an operator caused on purpose. */
const INTENDED: ReadonlySet<string | undefined> = new Set(['paused']);

/** Reports every request that was answered with 5xx. Probes are excluded: finding failures is their job. */
export const reportFailuresPlugin = fp<{ readonly errors: ErrorReporter | undefined }>(
  async (app, { errors }) => {
    app.decorateRequest('failure', undefined);
    if (errors === undefined) return;
    onRequestEnd(app, (request, _reply, status) => {
      const { network, transaction, outcome } = request.facts ?? {};
      if (status < 500 || !isTraced(request) || INTENDED.has(outcome)) return;
      const route = routeLabel(request);
      errors.report({
        what: `${request.method} ${route} answered ${status}`,
        error: request.failure,
        tags: { reqId: request.id, route, status: String(status), network, transaction, outcome },
        trace: request.trace,
      });
    });
  },
  { name: 'report-failures', dependencies: ['request-log', 'trace'] },
);
