import { type OutRef, type OutRefKey, outRefKey, parseOutRef } from '@x402-facilitator/cardano';
import { LRUCache } from 'lru-cache';
import type { Positions } from '../facts/index.js';
import { askRedis, type ChainKeys, type RedisCommands } from '../redis/index.js';

const MAX_HELD = 20_000;
/** A buyer that comes back after a day costs a look-up for each step again. */
const KEPT_MS = 86_400_000;
const ANSWER_WITHIN_MS = 200;

/**
 * Positions are hints: while Redis is away they are only this process's own, and nothing fails.
 *
 * @param shared what all replicas hold together; unset: each process has only its own memory.
 */
export function createFollowedPositions(
  shared: { readonly redis: RedisCommands; readonly keys: ChainKeys } | undefined,
): Positions {
  const held = new LRUCache<OutRefKey, OutRef>({ max: MAX_HELD });
  return {
    async get(from) {
      const key = outRefKey(from);
      const text =
        shared &&
        (await askRedis(shared.redis, ANSWER_WITHIN_MS, (redis) => redis.get(shared.keys.position(key))));
      return (typeof text === 'string' ? parseOutRef(text) : undefined) ?? held.get(key);
    },
    async put(from, at) {
      const key = outRefKey(from);
      held.set(key, at);
      if (shared === undefined) return;
      await askRedis(shared.redis, ANSWER_WITHIN_MS, (redis) =>
        redis.set(shared.keys.position(key), outRefKey(at), 'PX', KEPT_MS),
      );
    },
  };
}
