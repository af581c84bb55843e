import { NETWORKS } from '@x402-facilitator/cardano';
import { z } from 'zod';

/** A worker that is silent for longer counts as gone. Workers announce themselves at a third of it. */
export const HEARTBEAT_TTL_MS = 15_000;

/** What a worker tells the API about itself. It holds no secrets, so `/health` may show it. */
export const workerHeartbeatSchema = z.object({
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
      /** Whether this worker is the network's follower. */
      isFollower: z.boolean(),
    }),
  ),
});

export type WorkerHeartbeat = z.output<typeof workerHeartbeatSchema>;
