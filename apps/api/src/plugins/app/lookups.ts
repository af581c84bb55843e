import { createHash } from 'node:crypto';
import { err, ok } from '@x402-facilitator/cardano';
import type { LookupAllowance, LookupCaller, LookupsRefused } from '@x402-facilitator/chain';
import type { Config } from '@x402-facilitator/shared/config';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { callerName } from './caller.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller, as payer of the look-ups at chain providers that the request needs. */
    lookups(): LookupCaller;
  }
}

/** The counters that all replicas share. */
const KEY_PREFIX = '{x402}:lookups';

/** Calls to chain providers that one request may need, on average, unless the operator says otherwise. */
const PER_REQUEST = 10;

/** While Redis is away, callers are counted in so many places; two that share one share its allowance. */
const LOCAL_PLACES = 10_000;

/**
 * Takes all or nothing, and never gives more than was taken. KEYS: counter. ARGV: count, seconds of a window, limit.
 * Returns what would be used, and milliseconds until the window ends.
 */
const TAKE_SCRIPT = `
redis.call('SET', KEYS[1], 0, 'EX', ARGV[2], 'NX')
local used = tonumber(redis.call('GET', KEYS[1])) + tonumber(ARGV[1])
local ttl = redis.call('PTTL', KEYS[1])
if tonumber(ARGV[1]) > 0 and used > tonumber(ARGV[3]) then return {used, ttl} end
used = math.max(used, 0)
redis.call('SET', KEYS[1], used, 'KEEPTTL')
return {used, ttl}
`;

/**
 * Limits what the look-ups of a caller's payments cost at chain providers: every call that is made is charged, by key or
 * by address. All replicas share one count in Redis. While Redis is away each replica counts alone, as for requests.
 */
export const lookupsPlugin = fp<{
  readonly rateLimit: Config['rateLimit'];
  /** The most inputs that a payment may spend on any network. */
  readonly maxInputs: number;
  /** An ioredis connection that fails fast. */
  readonly redis: unknown;
  /** Called when an allowance had no room. */
  readonly onRefused: (countedBy: 'key' | 'address') => void;
}>(
  async (app, { rateLimit, maxInputs, redis, onRefused }) => {
    const { windowMs } = rateLimit;
    const limiters = new Map<number, ReturnType<typeof limitersOf>>();
    const limitersFor = (points: number) => {
      const known = limiters.get(points) ?? limitersOf(points, windowMs, redis);
      limiters.set(points, known);
      return known;
    };

    const limitOf = ({ caller }: FastifyRequest): number => {
      const own = caller.kind === 'key' ? caller.key.rateLimit : undefined;
      const requests = own?.sensitive ?? rateLimit.sensitive;
      return own?.lookups ?? rateLimit.lookups ?? Math.max(PER_REQUEST * requests, maxInputs);
    };

    const allowanceOf = (request: FastifyRequest): LookupAllowance => {
      const limit = limitOf(request);
      const { shared, local } = limitersFor(limit);
      const name = callerName(request);
      const refused = (count: number, { consumedPoints, msBeforeNext }: RateLimiterRes): LookupsRefused => ({
        limit,
        windowMs,
        left: Math.max(limit - (consumedPoints - count), 0),
        retryAfterMs: msBeforeNext,
      });
      const takeHere = async (count: number) => {
        const place = placeOf(name);
        try {
          await local.consume(place, count);
          return ok(undefined);
        } catch (error) {
          if (!(error instanceof RateLimiterRes)) throw error;
          await local.reward(place, count);
          return err(refused(count, error));
        }
      };
      return {
        limit,
        async take(count) {
          try {
            await shared.consume(name, count);
            return ok(undefined);
          } catch (error) {
            const taken =
              error instanceof RateLimiterRes ? err(refused(count, error)) : await takeHere(count);
            if (!taken.ok) onRefused(request.caller.kind === 'key' ? 'key' : 'address');
            return taken;
          }
        },
        async giveBack(count) {
          await shared.reward(name, count).catch(() => local.reward(placeOf(name), count));
        },
      };
    };

    app.decorateRequest('lookups', function (this: FastifyRequest): LookupCaller {
      return { isStranger: this.caller.kind === 'stranger', allowance: allowanceOf(this) };
    });
  },
  { name: 'lookups', dependencies: ['identify-caller'] },
);

function limitersOf(points: number, windowMs: number, redis: unknown) {
  const common = { points, duration: Math.ceil(windowMs / 1000) };
  return {
    shared: new RateLimiterRedis({
      ...common,
      storeClient: redis,
      keyPrefix: KEY_PREFIX,
      rejectIfRedisNotReady: true,
      customIncrTtlLuaScript: TAKE_SCRIPT,
    }),
    local: new RateLimiterMemory(common),
  };
}

/** Bounds what strangers can make a process remember. */
function placeOf(name: string): string {
  const digest = createHash('sha256').update(name).digest();
  return String(digest.readUInt32BE(0) % LOCAL_PLACES);
}
