import { createHash, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { answered } from '../redis/index.js';

/** A working day. */
const SESSION_SECONDS = 8 * 3_600;

/** Who is signed in to the operators' page, on all replicas. A token is stored by its digest only. */
export interface OperatorSessions {
  /**
   * @param keySha256 of the key that the operator has shown.
   * @returns a token for the browser; it is good for eight hours.
   * @throws JournalUnavailableError when Redis does not answer. So do the methods below.
   */
  begin(keySha256: string): Promise<string>;
  /** The digest of the key that the session began with. */
  read(token: string): Promise<string | undefined>;
  end(token: string): Promise<void>;
}

export function createOperatorSessions(redis: Redis): OperatorSessions {
  const keyOf = (token: string) =>
    `{x402}:operator-session:${createHash('sha256').update(token).digest('hex')}`;
  return {
    async begin(keySha256) {
      const token = randomBytes(32).toString('base64url');
      await answered(() => redis.set(keyOf(token), keySha256, 'EX', SESSION_SECONDS));
      return token;
    },
    async read(token) {
      return (await answered(() => redis.get(keyOf(token)))) ?? undefined;
    },
    async end(token) {
      await answered(() => redis.del(keyOf(token)));
    },
  };
}
