import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import './route-config.js';

const CALLER_HUNG_UP = 499;

/** Called once per request, at its end. `status` is 499 for a caller that hung up, as in proxies. */
export type RequestEndListener = (request: FastifyRequest, reply: FastifyReply, status: number) => void;

/** Calls the listener at the end of every request, also when the caller hung up. */
export function onRequestEnd(app: FastifyInstance, listener: RequestEndListener): void {
  app.addHook('onRequest', async (request, reply) => {
    // Fastify runs no hook when a caller hangs up after its body was read.
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) listener(request, reply, CALLER_HUNG_UP);
    });
  });
  app.addHook('onResponse', async (request, reply) => listener(request, reply, reply.statusCode));
}

/** The route's pattern, or the name that the route has for requests that waited for an outcome. */
export function routeLabel(request: FastifyRequest): string {
  const { url = 'unknown', config } = request.routeOptions;
  return request.isWaiting && config.waitRoute !== undefined ? config.waitRoute : url;
}
