import type { Redis } from 'ioredis';
import { z } from 'zod';
import { answered, jsonField } from '../redis/index.js';

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
  /** Denied before: its reason and time are replaced. @throws JournalUnavailableError when Redis does not answer. So do the methods below. */
  deny(party: DeniedParty): Promise<void>;
  /** @returns false where it was not denied. */
  allow(party: Pick<DeniedParty, 'entry' | 'credentials'>): Promise<boolean>;
  /** The earliest first. */
  list(): Promise<readonly DeniedParty[]>;
  /** Whether any of these credentials is denied. */
  isDenied(credentials: readonly string[]): Promise<boolean>;
}

export function createDeniedParties(redis: Redis): DeniedParties {
  return {
    async deny({ entry, reason, atMs, credentials }) {
      const write = redis.multi().hset(ENTRIES, entry, JSON.stringify({ reason, atMs, credentials }));
      for (const credential of credentials) write.sadd(keyOf(credential), entry);
      await answered(() => done(write));
    },
    async allow({ entry, credentials }) {
      const write = redis.multi().hdel(ENTRIES, entry);
      for (const credential of credentials) write.srem(keyOf(credential), entry);
      const [removed] = await answered(() => done(write));
      return removed === 1;
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

/** The replies, or the first error among them. */
async function done(write: ReturnType<Redis['multi']>): Promise<readonly unknown[]> {
  const replies = (await write.exec()) ?? [];
  return replies.map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}
