import { type Network, ok, type SchemeRegistry } from '@x402-facilitator/cardano';
import {
  createSponsorshipStore,
  DEFAULT_SPONSORSHIP_RETENTION,
  type RedisConnection,
  type SponsorshipId,
  type SponsorshipReading,
  sponsorshipFactOf,
  sponsorshipIdSchema,
} from '@x402-facilitator/journal';
import { type Config, sponsorshipPolicyOf } from '@x402-facilitator/shared/config';
import type { LookUpSponsorship } from '@x402-facilitator/shared/verification';
import { type BindSponsorship, createBindSponsorship } from './bind-sponsorship.js';
import { createReserveSponsorship, type ReserveSponsorship } from './reserve-sponsorship.js';
import { createRestoreSponsorship, type RestoreSponsorship } from './restore-sponsorship.js';

/** The API's part of sponsored fees. Everything throws JournalUnavailableError while Redis is away. */
export type Sponsoring = BindSponsorship & {
  readonly reserve: ReserveSponsorship;
  readonly restore: RestoreSponsorship;
  readonly lookUp: LookUpSponsorship;
  /** Looks on every network. */
  read(id: SponsorshipId): Promise<SponsorshipReading>;
  /** The networks whose workers keep a pool now. */
  networks(): Promise<readonly Network[]>;
};

/** `undefined` when fees are not sponsored here. */
export function createSponsoring({
  config,
  schemes,
  redis,
  clock,
}: {
  readonly config: Config;
  readonly schemes: SchemeRegistry;
  readonly redis: RedisConnection;
  readonly clock: () => number;
}): Sponsoring | undefined {
  const policy = sponsorshipPolicyOf(config);
  if (policy === undefined) return undefined;
  const retention = {
    ...DEFAULT_SPONSORSHIP_RETENTION,
    usedMs: config.settle.retentionSeconds * 1000,
  };
  const stores = new Map(
    Array.from(
      config.networks.keys(),
      (network) => [network, createSponsorshipStore({ redis, network, retention, now: clock })] as const,
    ),
  );
  return {
    ...createBindSponsorship({ stores, schemes }),
    reserve: createReserveSponsorship({
      stores,
      schemes,
      networks: config.networks,
      sponsorship: policy,
      callerShare: config.sponsorship.pool.callerShare,
      reservation: config.chain.reservation,
    }),
    restore: createRestoreSponsorship({ stores }),
    async lookUp(network, id, txHash) {
      const reading = (await stores.get(network)?.read(sponsorshipIdSchema.parse(id))) ?? ok(undefined);
      return sponsorshipFactOf(reading, { txHash, policy });
    },
    async read(id) {
      const found = await Promise.all([...stores.values()].map((store) => store.read(id)));
      return found.find((reading) => !reading.ok || reading.value !== undefined) ?? ok(undefined);
    },
    async networks() {
      const pools = await Promise.all(
        [...stores].map(async ([network, store]) => {
          const pool = await store.readPool();
          return pool.ok && pool.value !== undefined ? [network] : [];
        }),
      );
      return pools.flat();
    },
  };
}
