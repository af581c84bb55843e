import type { Config } from '@x402-facilitator/shared/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { callerName } from './caller.js';
import { HttpProblem } from './http-problem.js';
import { onRequestEnd } from './request-end.js';

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Counts the request as waiting until it ends: for the next change of a settlement, or for all of them.
     *
     * @throws HttpProblem 429 when its caller has reached the limit of waiting requests.
     */
    startWaiting(reply: FastifyReply): void;
  }
}

/** Most waits end by themselves within this time. */
const RETRY_AFTER_SECONDS = '10';

/**
 * Limits how many requests of a caller wait for changes of settlements at the same time. The rate limit cannot do this:
 * it counts an event stream once, and the stream may stay open for hours. Each replica counts its own connections.
 * `/settle` is not counted, because its waits are short and each costs a payment.
 */
export const waitsPlugin = fp<{ readonly rateLimit: Config['rateLimit'] }>(
  async (app, { rateLimit }) => {
    const waitsOf = new Map<string, number>();
    const counted = new WeakMap<FastifyRequest, string>();

    app.decorateRequest('startWaiting', function (this: FastifyRequest, reply: FastifyReply): void {
      // It has already ended, so no end event would come.
      if (reply.raw.destroyed) return;
      const { caller } = this;
      const name = callerName(this);
      const waits = waitsOf.get(name) ?? 0;
      const most = (caller.kind === 'key' ? caller.key.rateLimit?.waits : undefined) ?? rateLimit.waits;
      if (waits >= most)
        throw new HttpProblem(
          429,
          'rate_limited',
          `expected at most ${most} requests that wait at the same time, found more`,
          { 'retry-after': RETRY_AFTER_SECONDS },
        );
      this.isWaiting = true;
      waitsOf.set(name, waits + 1);
      counted.set(this, name);
    });

    onRequestEnd(app, (request) => {
      const name = counted.get(request);
      if (name === undefined) return;
      counted.delete(request);
      const rest = (waitsOf.get(name) ?? 0) - 1;
      if (rest > 0) waitsOf.set(name, rest);
      else waitsOf.delete(name);
    });
  },
  { name: 'waits', dependencies: ['identify-caller', 'request-log'] },
);
