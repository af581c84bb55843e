import type { RedisWatch, WorkerHeartbeat } from '@x402-facilitator/journal';
import { probeRedis, type WorkerHealth } from './health/index.js';
import type { NetworkWorker } from './network/index.js';
import type { FacilitatorWallet } from './wallet/index.js';

/** What a worker reports about itself: in its health, and to other processes through Redis. */
export function describeWorker(worker: {
  readonly id: string;
  readonly version: string;
  readonly lookAtRedis: RedisWatch['look'];
  readonly wallets: readonly FacilitatorWallet[];
  /** Empty until the worker takes jobs. */
  readonly networks: readonly NetworkWorker[];
  /** POSIX milliseconds. */
  readonly now: () => number;
}): { health(): Promise<WorkerHealth>; heartbeat(): WorkerHeartbeat } {
  const { id, version, lookAtRedis, wallets, networks, now } = worker;
  const startedAtMs = now();
  return {
    async health() {
      const state = await probeRedis(lookAtRedis);
      return {
        status: state.status === 'up' && networks.length > 0 ? 'healthy' : 'unhealthy',
        version,
        uptimeSeconds: Math.round((now() - startedAtMs) / 1000),
        redis: state,
        networks: await Promise.all(
          networks.map(async ({ network, isFollower, chainHealth }) => ({
            network,
            isFollower: isFollower(),
            chain: await chainHealth(),
          })),
        ),
      };
    },
    heartbeat: () => ({
      id,
      version,
      startedAtMs,
      atMs: now(),
      networks: networks.map(({ network, isFollower }) => {
        const wallet = wallets.find((candidate) => candidate.network === network);
        return {
          network,
          isFollower: isFollower(),
          ...(wallet === undefined ? {} : { walletAddress: wallet.address }),
        };
      }),
    }),
  };
}
