import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import './route-config.js';

const CALLER_HUNG_UP = 499;

/** Told of each request once, when it is over; `status` is 499, as proxies have it, for a caller that hung up. */
export type RequestEndListener = (request: FastifyRequest, reply: FastifyReply, status: number) => void;

/** Calls the listener at the end of every request, whichever way it ended. */
export function onRequestEnd(app: FastifyInstance, listener: RequestEndListener): void {
  app.addHook('onRequest', async (request, reply) => {
    // A caller that hung up gets no response, and Fastify runs no hook for it once the body was read.
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) listener(request, reply, CALLER_HUNG_UP);
    });
  });
  app.addHook('onResponse', async (request, reply) => listener(request, reply, reply.statusCode));
}

/** The route's pattern; while a request waited for an outcome, the name that its route has for that. */
export function routeLabel(request: FastifyRequest): string {
  const { url = 'unknown', config } = request.routeOptions;
  return request.isWaiting && config.waitRoute !== undefined ? config.waitRoute : url;
}
