import {
  createPoolTransactionStore,
  createSponsorshipStore,
  DEFAULT_SPONSORSHIP_RETENTION,
  type Journal,
} from '@x402-facilitator/journal';
import { sponsorshipPolicyOf } from '@x402-facilitator/shared/config';
import { createVerifier } from '@x402-facilitator/shared/verification';
import {
  createPoolKeeper,
  createSpendingCap,
  createSponsor,
  type PoolKeeper,
  type Sponsor,
} from '../sponsorship/index.js';
import type { NetworkChain } from './open-chain.js';
import type { NetworkOptions } from './options.js';

/** The part of a worker with a wallet in sponsored fees on one network. */
export type Sponsoring = {
  readonly sponsor: Sponsor;
  readonly keeper: PoolKeeper;
  /** The number of outputs that can be reserved now. */
  readonly countFree: () => Promise<number>;
};

/** @returns `undefined` without a wallet, and when the configuration does not sponsor fees. */
export function openSponsoring(
  options: NetworkOptions,
  { access, provider }: NetworkChain,
  journal: Journal,
): Sponsoring | undefined {
  const { served, schemes, config, wallet, redis, logger, now } = options;
  const { network, graceMs, follower } = served;
  const { sponsorships: metrics } = options.metrics;
  const policy = sponsorshipPolicyOf(config);
  if (wallet === undefined || policy === undefined) return undefined;
  const { pool, minBalanceLovelace } = config.sponsorship;
  const retention = { ...DEFAULT_SPONSORSHIP_RETENTION, usedMs: config.settle.retentionSeconds * 1000 };
  const store = createSponsorshipStore({ redis, network, retention, now });
  const verifier = createVerifier({
    schemes,
    network,
    chain: access,
    policy: { ...served.verification, networks: new Set([network]) },
    clock: now,
  });
  const cap = createSpendingCap({ perDayLovelace: policy.limits.perDayLovelace, now });
  return {
    sponsor: createSponsor({ wallet, schemes, verifier, store, journal, policy, cap, metrics, logger }),
    keeper: createPoolKeeper({
      network,
      wallet,
      provider,
      facts: access.facts,
      store,
      transactions: createPoolTransactionStore({ redis, network }),
      journal,
      metrics,
      logger,
      size: pool.size,
      utxoLovelace: BigInt(pool.utxoLovelace),
      minimum: pool.minimum,
      minBalanceLovelace: BigInt(minBalanceLovelace),
      failureDepth: follower.failureDepth,
      tickMs: follower.tickMs,
      graceMs,
      now,
    }),
    countFree: async () => (await store.counts()).free,
  };
}
