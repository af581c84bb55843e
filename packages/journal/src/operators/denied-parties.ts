import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type AcknowledgedWrites, answered, defineWord, jsonField } from '../redis/index.js';

const ENTRIES = '{x402}:denied';
const keyOf = (credential: string) => `{x402}:denied:${credential}`;

const storedSchema = jsonField.pipe(
  z.object({ reason: z.string(), atMs: z.number(), credentials: z.array(z.string()) }),
);

/** An address or a credential that an operator denied. */
export type DeniedParty = {
  /** As the operator is shown it. */
  readonly entry: string;
  readonly reason: string;
  /** POSIX milliseconds. */
  readonly atMs: number;
  /** What it denies: 28 bytes as lowercase hex. */
  readonly credentials: readonly string[];
};

/**
 * Whom operators do not serve, for all networks and at once for all replicas. Each credential has a key of its own, the set of the
 * entries that deny it: so one command looks for any number of them, and an entry that goes takes nothing from another.
 */
export interface DeniedParties {
  /**
   * Denied before: its reason and time are replaced.
   *
   * @throws JournalUnavailableError when Redis does not answer. So do the methods below, and where replicas that
   * must acknowledge do not have the word in time.
   */
  deny(party: DeniedParty): Promise<void>;
  /** @returns false where it was not denied. */
  allow(party: Pick<DeniedParty, 'entry' | 'credentials'>): Promise<boolean>;
  /** The earliest first. */
  list(): Promise<readonly DeniedParty[]>;
  /** Whether any of these credentials is denied. */
  isDenied(credentials: readonly string[]): Promise<boolean>;
}

/** Keys: the entries, one per credential. Arguments: the entry, what is stored of it. */
const denyScript = {
  name: 'x402Deny',
  lua: `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
for at = 2, #KEYS do redis.call('SADD', KEYS[at], ARGV[1]) end
`,
} as const;

/** Keys and arguments as above. Returns: whether it was denied. */
const allowScript = {
  name: 'x402Allow',
  lua: `
for at = 2, #KEYS do redis.call('SREM', KEYS[at], ARGV[1]) end
return redis.call('HDEL', KEYS[1], ARGV[1])
`,
} as const;

/** @param acknowledged where given, a word counts once replicas have it. */
export function createDeniedParties(redis: Redis, acknowledged?: AcknowledgedWrites): DeniedParties {
  const denyEntry = defineWord(redis, acknowledged, denyScript);
  const allowEntry = defineWord(redis, acknowledged, allowScript);
  return {
    async deny({ entry, reason, atMs, credentials }) {
      const stored = JSON.stringify({ reason, atMs, credentials });
      await denyEntry([ENTRIES, ...credentials.map(keyOf)], [entry, stored]);
    },
    async allow({ entry, credentials }) {
      return (await allowEntry([ENTRIES, ...credentials.map(keyOf)], [entry])) === 1;
    },
    async list() {
      const stored = await answered(() => redis.hgetall(ENTRIES));
      return Object.entries(stored)
        .map(([entry, text]) => ({ entry, ...storedSchema.parse(text) }))
        .sort((a, b) => a.atMs - b.atMs);
    },
    async isDenied(credentials) {
      if (credentials.length === 0) return false;
      return (await answered(() => redis.exists(...credentials.map(keyOf)))) > 0;
    },
  };
}
