import fastifyRateLimit, { type RateLimitPluginOptions } from '@fastify/rate-limit';
import type { Config } from '@x402-facilitator/shared/config';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { unlessSilent } from '../../unless-silent.js';
import { callerName } from './caller.js';
import { HttpProblem } from './http-problem.js';
import type { Budget } from './route-config.js';

type LimiterResult = Awaited<ReturnType<Limiter>>;
type Limiter = ReturnType<FastifyInstance['createRateLimit']>;

/** The counters that all replicas share. */
const NAMESPACE = '{x402}:ratelimit:';

/** A Redis that is silent for so long counts as away: no request waits longer only to be counted. */
const SILENT_REDIS_MS = 100;

/** While Redis is away, strangers are counted by address. Beyond this many addresses, the oldest are forgotten. */
const LOCAL_CALLERS = 10_000;

/**
 * Limits requests per caller: a known key by its own limits, all others by address. All replicas share one count in
 * Redis. While Redis is away each replica counts alone, because a limit that is too generous for a minute is better
 * than no service.
 */
export const limitsPlugin = fp<{
  readonly rateLimit: Config['rateLimit'];
  /** An ioredis connection that fails fast. */
  readonly redis: RateLimitPluginOptions['redis'];
}>(
  async (app, { rateLimit, redis }) => {
    const options: RateLimitPluginOptions = {
      timeWindow: rateLimit.windowMs,
      max: (request) => allowance(request, rateLimit),
      keyGenerator: counterOf,
    };
    const shared = await limiterOf(app, { ...options, redis, nameSpace: NAMESPACE });
    const local = await limiterOf(app, { ...options, cache: LOCAL_CALLERS });

    app.addHook('onRequest', async (request, reply) => {
      if (budgetOf(request) === 'none') return;
      const result = await unlessSilent(shared(request), SILENT_REDIS_MS).catch(() => local(request));
      apply(result, reply);
    });
  },
  { name: 'limits', dependencies: ['identify-caller'] },
);

/** One counting store of the plugin. It needs its own scope, because a scope can hold only one. */
async function limiterOf(app: FastifyInstance, options: RateLimitPluginOptions): Promise<Limiter> {
  let limiter: Limiter | undefined;
  await app.register(async (scope) => {
    await scope.register(fastifyRateLimit, { ...options, global: false });
    limiter = scope.createRateLimit();
  });
  if (limiter === undefined) throw new TypeError('expected @fastify/rate-limit to register at once');
  return limiter;
}

function apply(result: LimiterResult, reply: FastifyReply): void {
  if (result.isAllowed) return;
  reply.headers({
    'ratelimit-limit': result.max,
    'ratelimit-remaining': result.remaining,
    'ratelimit-reset': result.ttlInSeconds,
  });
  if (!result.isExceeded) return;
  throw new HttpProblem(
    429,
    'rate_limited',
    `expected at most ${result.max} requests in ${result.timeWindow / 1000} s, found more; try again in ${result.ttlInSeconds} s`,
    { 'retry-after': String(result.ttlInSeconds) },
  );
}

function budgetOf(request: FastifyRequest): Budget {
  return request.routeOptions.config.budget ?? 'global';
}

function allowance(request: FastifyRequest, rateLimit: Config['rateLimit']): number {
  const budget = budgetOf(request) === 'sensitive' ? 'sensitive' : 'global';
  const own = request.caller.kind === 'key' ? request.caller.key.rateLimit?.[budget] : undefined;
  return own ?? rateLimit[budget];
}

/** The key of a counter: a caller's requests to one sensitive route, or to all other routes. */
function counterOf(request: FastifyRequest): string {
  const scope = budgetOf(request) === 'sensitive' ? `${request.method}${request.routeOptions.url}` : 'global';
  return `${scope}:${callerName(request)}`;
}
