import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import './route-config.js';

const CALLER_HUNG_UP = 499;

/** Called once per request, at its end. `status` is 499 for a caller that hung up, as in proxies. */
export type RequestEndListener = (request: FastifyRequest, reply: FastifyReply, status: number) => void;

const listenersOf = new WeakMap<FastifyInstance['server'], RequestEndListener[]>();

/** Calls the listener at the end of every request, also when the caller hung up. All of an app share one pair of hooks. */
export function onRequestEnd(app: FastifyInstance, listener: RequestEndListener): void {
  const known = listenersOf.get(app.server);
  if (known !== undefined) {
    known.push(listener);
    return;
  }
  const listeners = [listener];
  listenersOf.set(app.server, listeners);
  const tell: RequestEndListener = (...end) => {
    for (const each of listeners) each(...end);
  };
  app.addHook('onRequest', (request, reply, done) => {
    // Fastify runs no hook when a caller hangs up after its body was read.
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) tell(request, reply, CALLER_HUNG_UP);
    });
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    tell(request, reply, reply.statusCode);
    done();
  });
}

/** The route's pattern, or the name that the route has for requests that waited for an outcome. */
export function routeLabel(request: FastifyRequest): string {
  const { url = 'unknown', config } = request.routeOptions;
  return request.isWaiting && config.waitRoute !== undefined ? config.waitRoute : url;
}
