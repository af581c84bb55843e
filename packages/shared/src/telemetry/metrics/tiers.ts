import type { SchemeRegistry } from '@x402-facilitator/cardano';
import { createArchiveMetrics } from './archive.js';
import { createChainMetrics } from './chain.js';
import { createChannelMetrics } from './channels.js';
import { createDiscoveryMetrics } from './discovery.js';
import { createFollowingMetrics } from './following.js';
import { createHttpMetrics } from './http.js';
import { createKeyMetrics } from './keys.js';
import { createProtocolVersionMetrics } from './protocol-version.js';
import { createQueueMetrics } from './queues.js';
import { createRedisMetrics } from './redis.js';
import { type Build, createRegistry } from './registry.js';
import { createScreeningMetrics } from './screening.js';
import { createScriptMetrics } from './scripts.js';
import { createSelfCheckMetrics } from './self-check.js';
import { createSettlementMetrics } from './settlements.js';
import { createShadowMetrics } from './shadow.js';
import { createSponsorshipMetrics } from './sponsorships.js';
import { createVerificationMetrics } from './verification.js';
import { createWalletMetrics } from './wallet.js';
import { createWebhookMetrics } from './webhooks.js';

type TierBuild = Omit<Build, 'tier'> & {
  /** The schemes whose codes and methods may become labels. */
  readonly schemes: SchemeRegistry;
};

/** Everything that a worker process counts. */
export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

/** Everything that an API process counts. */
export function createApiMetrics({ schemes, ...build }: TierBuild) {
  const registry = createRegistry({ ...build, tier: 'api' });
  return {
    registry,
    chain: createChainMetrics(registry),
    http: createHttpMetrics(registry),
    verification: createVerificationMetrics(registry, schemes),
    scripts: createScriptMetrics(registry),
    screening: createScreeningMetrics(registry),
    redis: createRedisMetrics(registry),
    selfCheck: createSelfCheckMetrics(registry),
    protocolVersion: createProtocolVersionMetrics(registry),
    shadow: createShadowMetrics(registry),
    discovery: createDiscoveryMetrics(registry),
    keys: createKeyMetrics(registry),
  };
}

export function createWorkerMetrics({ schemes, ...build }: TierBuild) {
  const registry = createRegistry({ ...build, tier: 'worker' });
  return {
    registry,
    chain: createChainMetrics(registry),
    settlements: createSettlementMetrics(registry, schemes),
    channels: createChannelMetrics(registry),
    archive: createArchiveMetrics(registry),
    queues: createQueueMetrics(registry),
    following: createFollowingMetrics(registry),
    sponsorships: createSponsorshipMetrics(registry),
    wallet: createWalletMetrics(registry),
    webhooks: createWebhookMetrics(registry),
    redis: createRedisMetrics(registry),
  };
}
