import { once } from 'node:events';
import type { Network } from '@x402-facilitator/cardano';
import {
  type ChainWindowStore,
  connectRedis,
  createChainWindowStore,
  createPauseSwitch,
  createRedisJournal,
  createSponsorshipStore,
  createSubmitQueue,
  createWorkerPresence,
  disconnectRedis,
  type Journal,
  type PauseSwitch,
  type SettlementIndex,
  type SponsorshipStore,
  type SubmitQueue,
  type WorkerPresence,
} from '@x402-facilitator/journal';
import { type Config, chainProviders } from '@x402-facilitator/shared/config';
import { OpsError } from './usage.js';

/** One network as operators handle it. */
export type NetworkDesk = {
  readonly network: Network;
  readonly journal: Journal & SettlementIndex;
  readonly pause: PauseSwitch;
  readonly queue: SubmitQueue;
  readonly windows: ChainWindowStore;
  readonly sponsorships: SponsorshipStore;
};

/** Everything that the commands act on. */
export type Desk = {
  readonly networks: readonly NetworkDesk[];
  readonly presence: WorkerPresence;
  close(): Promise<void>;
};

const CONTACT_TIMEOUT_MS = 2_000;

/**
 * Connects to the Redis of the configuration.
 *
 * @throws OpsError when it does not answer.
 */
export async function openDesk(config: Config, now: () => number): Promise<Desk> {
  const { host, port } = config.chain.redis;
  let latest: Error | undefined;
  const onError = (error: Error) => {
    latest = error;
  };
  const redis = connectRedis({ settings: config.chain.redis, role: 'producer', name: 'x402-ops', onError });
  try {
    const signal = AbortSignal.timeout(CONTACT_TIMEOUT_MS);
    // `once` gives up at the first error event; until the time is up, the next attempt may succeed.
    while (redis.status !== 'ready' && !signal.aborted)
      await once(redis, 'ready', { signal }).catch(() => undefined);
    if (redis.status !== 'ready')
      throw new OpsError(
        `Redis at ${host}:${port} does not answer: ${latest?.message || `nothing within ${CONTACT_TIMEOUT_MS} ms`}`,
      );
  } catch (error) {
    await disconnectRedis(redis);
    throw error;
  }
  const journal = createRedisJournal({ redis, now });
  const networks = chainProviders(config).map(({ network }) => ({
    network,
    journal,
    pause: createPauseSwitch({ redis, network }),
    queue: createSubmitQueue({ network, redis, onError }),
    windows: createChainWindowStore({ redis, network }),
    sponsorships: createSponsorshipStore({ redis, network, now }),
  }));
  return {
    networks,
    presence: createWorkerPresence(redis),
    async close() {
      await Promise.all(networks.map(({ queue }) => queue.close()));
      await disconnectRedis(redis);
    },
  };
}
