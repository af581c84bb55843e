import { createHistory } from '@x402-facilitator/archive';
import { type Network, parseNetwork } from '@x402-facilitator/cardano';
import {
  connectRedis,
  createChainWindowStore,
  createDeniedParties,
  createDiscoveryCatalogue,
  createKeyStore,
  createKeyUsage,
  createPauseSwitch,
  createRedisJournal,
  createSponsorshipStore,
  createSubmitQueue,
  createWebhookStore,
  createWorkerPresence,
  disconnectRedis,
  isReadyInTime,
  openAcknowledgedWrites,
  readArchiveBacklog,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { openConfiguredArchive } from '../archive/index.js';
import { OpsError, UsageError } from './errors.js';

/** What the commands work on. */
export type Connection = Awaited<ReturnType<typeof connect>>;
/** The journal, the queue and the books of one network. */
export type ConnectedNetwork = Connection['networks'][number];

const CONTACT_TIMEOUT_MS = 2_000;

/**
 * Connects to the Redis of the configuration.
 *
 * @param only the network, by any of its names. All configured networks when unset.
 * @throws OpsError when Redis does not answer, UsageError for a network that is not served.
 */
export async function connect(config: Config, only: string | undefined, now: () => number) {
  const served = networksNamed(config, only);
  const { host, port } = config.chain.redis;
  let latest: Error | undefined;
  const onError = (error: Error) => {
    latest = error;
  };
  const redis = connectRedis({ settings: config.chain.redis, role: 'producer', name: 'x402-ops', onError });
  const { replicas, timeoutMs } = config.chain.redis.durability;
  const acknowledged =
    replicas === 0
      ? undefined
      : openAcknowledgedWrites({
          settings: config.chain.redis,
          name: 'x402-ops-acknowledged',
          replicas,
          timeoutMs,
          onError,
        });
  const signal = AbortSignal.timeout(CONTACT_TIMEOUT_MS);
  const ready = [isReadyInTime(redis, signal), acknowledged?.isReadyInTime(signal) ?? true];
  if ((await Promise.all(ready)).includes(false)) {
    await Promise.all([acknowledged?.close(), disconnectRedis(redis)]);
    throw new OpsError(
      `Redis at ${host}:${port} does not answer: ${latest?.message || `nothing within ${CONTACT_TIMEOUT_MS} ms`}`,
    );
  }
  const { webhooks } = config;
  const journal = createRedisJournal({
    redis,
    acknowledged,
    now,
    policy: { webhookLimit: webhooks.maxWaiting },
  });
  const archive = await openConfiguredArchive(config, 'x402-ops');
  const networks = served.map((network) => ({
    network,
    journal,
    pause: createPauseSwitch({ redis, network, acknowledged }),
    queue: createSubmitQueue({ network, redis, onError }),
    windows: createChainWindowStore({ redis, network }),
    sponsorships: createSponsorshipStore({ redis, network, now }),
    readBacklog:
      archive === undefined ? undefined : (nowMs: number) => readArchiveBacklog({ redis, network }, nowMs),
  }));
  return {
    networks,
    presence: createWorkerPresence(redis),
    discovery: createDiscoveryCatalogue(redis, acknowledged),
    denied: createDeniedParties(redis, acknowledged),
    archive,
    history: createHistory({ journal, archive }),
    isScreening: config.screening.enabled,
    webhooks: createWebhookStore({ redis, acknowledged, now }),
    webhookSettings: webhooks,
    keys: createKeyStore(redis, acknowledged),
    usage: createKeyUsage(redis),
    configuredKeys: config.security.apiKeys.map(({ name }) => name),
    areKeysStored: config.security.storedKeys,
    async close() {
      await Promise.all(networks.map(({ queue }) => queue.close()));
      await Promise.all([archive?.close(), acknowledged?.close(), disconnectRedis(redis)]);
    },
  };
}

function networksNamed(config: Config, only: string | undefined): readonly Network[] {
  const served = [...config.networks.keys()];
  if (only === undefined) return served;
  const name = only.toLowerCase();
  const network = parseNetwork(name.includes(':') ? name : `cardano:${name}`);
  if (network !== undefined && served.includes(network)) return [network];
  throw new UsageError(`--network: expected one of ${served.join(', ')}, found "${only}"`);
}
