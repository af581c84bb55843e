import { NETWORKS } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { jsonField } from '../redis/index.js';

/** A worker that is silent for longer counts as gone. Workers announce themselves at a third of it. */
export const HEARTBEAT_TTL_MS = 15_000;

/** What a worker tells the other tier about itself. Nothing in it is secret: `/health` may show it. */
const workerHeartbeatSchema = z.object({
  /** Unique among all workers. */
  id: z.string().min(1),
  version: z.string(),
  startedAtMs: z.int(),
  /** When it said so, by the worker's clock. */
  atMs: z.int(),
  networks: z.array(
    z.object({
      network: z.enum(NETWORKS),
      /** The wallet's address on that network, when the worker has a wallet. */
      walletAddress: z.string().optional(),
      /** Whether this worker follows the chain for everybody. */
      isFollower: z.boolean(),
    }),
  ),
});

export type WorkerHeartbeat = z.output<typeof workerHeartbeatSchema>;

const INDEX = '{x402}:workers';
const heartbeatKey = (id: string) => `{x402}:worker:${id}`;

/** Which workers are alive. Throws what ioredis throws when Redis does not answer. */
export interface WorkerPresence {
  announce(heartbeat: WorkerHeartbeat): Promise<void>;
  /** Takes the worker off the list at once, instead of when its heartbeat expires. */
  leave(id: string): Promise<void>;
  /** The workers heard of within `HEARTBEAT_TTL_MS`, longest-serving first. */
  list(): Promise<readonly WorkerHeartbeat[]>;
}

/** Heartbeats in Redis: workers write them, the API's `/health` and `/supported` read them. */
export function createWorkerPresence(redis: Redis): WorkerPresence {
  return {
    async announce(heartbeat) {
      // The set names the keys so that no scan is needed; a key that has not expired means a live worker.
      await redis
        .multi()
        .set(heartbeatKey(heartbeat.id), JSON.stringify(heartbeat), 'PX', HEARTBEAT_TTL_MS)
        .sadd(INDEX, heartbeat.id)
        .exec();
    },

    async leave(id) {
      await redis.multi().del(heartbeatKey(id)).srem(INDEX, id).exec();
    },

    async list() {
      const ids = await redis.smembers(INDEX);
      if (ids.length === 0) return [];
      const texts = await redis.mget(ids.map(heartbeatKey));
      const gone = ids.filter((_, index) => texts[index] === null);
      if (gone.length > 0) await redis.srem(INDEX, ...gone);
      return texts
        .flatMap((text) => (text === null ? [] : decode(text)))
        .sort((a, b) => a.startedAtMs - b.startedAtMs || a.id.localeCompare(b.id));
    },
  };
}

/** What cannot be read is left out: a worker of another version may say it differently, and says it again soon. */
function decode(text: string): WorkerHeartbeat[] {
  const parsed = jsonField.pipe(workerHeartbeatSchema).safeParse(text);
  return parsed.success ? [parsed.data] : [];
}
