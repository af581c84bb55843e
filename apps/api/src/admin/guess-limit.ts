import type { RedisConnection } from '@x402-facilitator/journal';

/** Wrong keys that one address may present within the window: enough for a few typing mistakes. */
const MAX_GUESSES = 10;
const WINDOW_MS = 15 * 60_000;

const NAMESPACE = '{x402}:ratelimit:admin-guesses:';

/** Counts wrong admin keys per address, for all replicas. */
export interface GuessLimit {
  /**
   * Counts a wrong key, and says how long its sender has to wait; 0: not at all. A right key is not counted, but it
   * waits like a wrong one: otherwise a guesser could go on until one passes.
   *
   * @throws what ioredis throws when Redis is away: without a count no key is let in.
   */
  waitMs(guess: { readonly address: string; readonly isRight: boolean }): Promise<number>;
}

export function createGuessLimit(redis: RedisConnection): GuessLimit {
  return {
    async waitMs({ address, isRight }) {
      const key = NAMESPACE + address;
      const command = redis.multi();
      if (!isRight) command.set(key, '0', 'PX', WINDOW_MS, 'NX').incr(key);
      const replies = await command.get(key).pttl(key).exec();
      const [count, leftMs] = (replies ?? []).slice(-2).map(([error, reply]) => {
        if (error !== null) throw error;
        return Number(reply);
      });
      if (count === undefined || leftMs === undefined) throw new Error('expected Redis to count guesses');
      const isSpent = isRight ? count >= MAX_GUESSES : count > MAX_GUESSES;
      return isSpent ? Math.max(leftMs, 1) : 0;
    },
  };
}
