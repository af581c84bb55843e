import type { HttpMetrics } from '@x402-facilitator/shared/telemetry';
import fp from 'fastify-plugin';
import { onRequestEnd, routeLabel } from './request-end.js';

/** Counts and times every request by the route's pattern. */
export const requestMetricsPlugin = fp<{ readonly http: HttpMetrics }>(
  async (app, { http }) => {
    app.addHook('onRoute', ({ method, url, config }) => {
      for (const one of [method].flat())
        for (const route of [url, config?.waitRoute])
          if (route !== undefined) http.watch({ method: one, route });
    });
    onRequestEnd(app, (request, reply, status) => {
      http.observe({
        method: request.method,
        route: routeLabel(request),
        status,
        durationMs: reply.elapsedTime,
      });
      if (status === 429) http.limited(request.caller.kind === 'key' ? 'key' : 'address');
    });
  },
  { name: 'request-metrics', dependencies: ['request-log'] },
);
