import { createChainMetrics } from './chain.js';
import { createFollowingMetrics } from './following.js';
import { createHttpMetrics } from './http.js';
import { createQueueMetrics } from './queues.js';
import { type Build, createRegistry } from './registry.js';
import { createScriptMetrics } from './scripts.js';
import { createSettlementMetrics } from './settlements.js';
import { createSponsorshipMetrics } from './sponsorships.js';
import { createVerificationMetrics } from './verification.js';
import { createWalletMetrics } from './wallet.js';

/** Everything that an API process counts. */
export type ApiMetrics = ReturnType<typeof createApiMetrics>;

/** Everything that a worker process counts. */
export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

export function createApiMetrics(build: Omit<Build, 'tier'>) {
  const registry = createRegistry({ ...build, tier: 'api' });
  return {
    registry,
    chain: createChainMetrics(registry),
    http: createHttpMetrics(registry),
    verification: createVerificationMetrics(registry),
    scripts: createScriptMetrics(registry),
  };
}

export function createWorkerMetrics(build: Omit<Build, 'tier'>) {
  const registry = createRegistry({ ...build, tier: 'worker' });
  return {
    registry,
    chain: createChainMetrics(registry),
    settlements: createSettlementMetrics(registry),
    queues: createQueueMetrics(registry),
    following: createFollowingMetrics(registry),
    sponsorships: createSponsorshipMetrics(registry),
    wallet: createWalletMetrics(registry),
  };
}
