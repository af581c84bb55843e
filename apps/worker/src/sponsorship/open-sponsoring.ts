import type { SchemeRegistry } from '@x402-facilitator/cardano';
import type { ChainProvider, ConnectedChain } from '@x402-facilitator/chain';
import type { Journal, RedisConnection } from '@x402-facilitator/journal';
import {
  createPoolTransactionStore,
  createSponsorshipStore,
  DEFAULT_SPONSORSHIP_RETENTION,
} from '@x402-facilitator/journal';
import { type Config, type NetworkConfig, sponsorshipPolicyOf } from '@x402-facilitator/shared/config';
import type { Logger, SponsorshipMetrics } from '@x402-facilitator/shared/telemetry';
import { createVerifier } from '@x402-facilitator/shared/verification';
import type { FacilitatorWallet } from '../wallet/index.js';
import { createPoolKeeper, type PoolKeeper } from './pool-keeper.js';
import { createSpendingCap } from './spending-cap.js';
import { createSponsor, type Sponsor } from './sponsor.js';

/** What a worker with a wallet does for sponsored fees on one network. */
export type Sponsoring = {
  readonly sponsor: Sponsor;
  readonly keeper: PoolKeeper;
  /** Outputs that can be reserved now. */
  readonly countFree: () => Promise<number>;
};

/** @returns undefined when the configuration sponsors nothing. */
export function openSponsoring(options: {
  readonly served: NetworkConfig;
  readonly schemes: SchemeRegistry;
  readonly config: Config;
  readonly wallet: FacilitatorWallet;
  readonly redis: RedisConnection;
  readonly chain: ConnectedChain;
  /** For look-ups, which may wait when a budget is short. */
  readonly provider: ChainProvider;
  readonly journal: Journal;
  readonly metrics: SponsorshipMetrics;
  readonly logger: Logger;
  readonly now: () => number;
}): Sponsoring | undefined {
  const { served, schemes, config, wallet, redis, chain, provider, journal, metrics, logger, now } = options;
  const { network, graceMs, follower } = served;
  const policy = sponsorshipPolicyOf(config);
  if (policy === undefined) return undefined;
  const { pool, minBalanceLovelace } = config.sponsorship;
  const retention = { ...DEFAULT_SPONSORSHIP_RETENTION, usedMs: config.settle.retentionSeconds * 1000 };
  const store = createSponsorshipStore({ redis, network, retention, now });
  return {
    sponsor: createSponsor({
      wallet,
      schemes,
      verifier: createVerifier({
        network,
        schemes,
        chain,
        policy: { ...served.verification, networks: new Set([network]) },
        clock: now,
      }),
      store,
      journal,
      policy,
      cap: createSpendingCap({ perDayLovelace: policy.limits.perDayLovelace, now }),
      metrics,
      logger,
    }),
    keeper: createPoolKeeper({
      network,
      wallet,
      provider,
      facts: chain.facts,
      store,
      transactions: createPoolTransactionStore({ redis, network }),
      journal,
      metrics,
      logger,
      size: pool.size,
      utxoLovelace: BigInt(pool.utxoLovelace),
      minimum: pool.minimum,
      minBalanceLovelace: BigInt(minBalanceLovelace),
      tickMs: follower.tickMs,
      graceMs,
      now,
    }),
    countFree: async () => (await store.counts()).free,
  };
}
