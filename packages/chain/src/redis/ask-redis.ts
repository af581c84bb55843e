import pTimeout from 'p-timeout';
import type { RedisCommands } from './redis-commands.js';

/**
 * Asks Redis for something that makes chain access better but must never hold it up.
 *
 * @returns `undefined` when there is no connected Redis, when it fails, and when it takes longer than `withinMs`.
 */
export async function askRedis<T>(
  redis: RedisCommands | undefined,
  withinMs: number,
  ask: (redis: RedisCommands) => Promise<T>,
): Promise<T | undefined> {
  if (redis?.status !== 'ready') return undefined;
  try {
    return await pTimeout(ask(redis), { milliseconds: withinMs, message: false });
  } catch {
    return undefined;
  }
}

/** The time by Redis's clock, which all replicas share, in POSIX milliseconds; `undefined` when it does not answer in time. */
export function timeByRedis(redis: RedisCommands | undefined, withinMs: number): Promise<number | undefined> {
  return askRedis(redis, withinMs, async (connected) => {
    const [seconds, microseconds] = await connected.time();
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  });
}
