import type { OutRefKey, TxHash } from '@x402-facilitator/cardano';
import {
  createFollowerLease,
  createSponsorshipStore,
  type PublishPoolOutcome,
  type ReserveOutcome,
  type Sponsorship,
  type SponsorshipStore,
} from '@x402-facilitator/journal';
import { beforeEach } from 'vitest';
import { input, NETWORK, useJournal } from '../support/harness.js';
import type { PoolOutput, ReserveRequest } from '../support/index.js';

export const CHANGE_ADDRESS = 'addr_test1wallet';
export const LIMITS = {
  perPayerLovelace: 20_000_000n,
  perKeyLovelace: 200_000_000n,
  perDayLovelace: 500_000_000n,
};
/** Noon of a UTC day. */
export const NOON_MS = Date.UTC(2026, 10, 20, 12);
export const POOL_LOVELACE = 5_000_000n;

const ORDER: ReserveRequest = {
  caller: 'shop',
  payer: 'addr_test1payer',
  maxFeeLovelace: 400_000n,
  minAdaLovelace: 1_600_000n,
  ttlMs: 120_000,
  maxConcurrent: 20,
  callerShare: 1,
  limits: LIMITS,
};
/** What `ORDER` books. */
export const WORST_CASE = 2_000_000n;

export type PoolHarness = {
  readonly journal: ReturnType<typeof useJournal>;
  readonly store: SponsorshipStore;
  /** Milliseconds since noon. */
  at(elapsedMs: number): void;
  publish(
    outputs: readonly OutRefKey[],
    more?: { breaker?: string; fence?: number },
  ): Promise<PublishPoolOutcome>;
  order(more?: Partial<ReserveRequest>): Promise<ReserveOutcome>;
  /** A reservation that must succeed. */
  reserved(more?: Partial<ReserveRequest>): Promise<Sponsorship>;
  /** Reserves and binds. */
  bound(txHash: TxHash, more?: Partial<ReserveRequest>): Promise<Sponsorship>;
};

/** A pool with a clock that the test controls, on a Redis that is empty at the start of each test. */
export function usePool(): PoolHarness {
  const journal = useJournal();
  let nowMs = NOON_MS;
  let fence = 0;
  let store: SponsorshipStore | undefined;
  beforeEach(async () => {
    nowMs = NOON_MS;
    journal.at(NOON_MS);
    store = createSponsorshipStore({ redis: journal.redis, network: NETWORK, now: () => nowMs });
    const lease = createFollowerLease({
      redis: journal.redis,
      network: NETWORK,
      holder: 'worker-1',
      ttlMs: 60_000,
    });
    fence = (await lease.acquire()) ?? 0;
  });
  const harness: PoolHarness = {
    journal,
    get store() {
      if (store === undefined) throw new Error('the pool is open only while a test runs');
      return store;
    },
    at(elapsedMs) {
      nowMs = NOON_MS + elapsedMs;
      journal.at(nowMs);
    },
    publish: (outputs, more = {}) =>
      harness.store.publishPool({
        fence,
        ttlMs: 600_000,
        changeAddress: CHANGE_ADDRESS,
        size: 20,
        coinsPerUtxoByte: 4310n,
        outputs: outputs.map((output): PoolOutput => ({ output, lovelace: POOL_LOVELACE })),
        ...more,
      }),
    order: (more = {}) => harness.store.reserve({ ...ORDER, ...more }),
    async reserved(more) {
      const outcome = await harness.order(more);
      if (outcome.kind !== 'reserved') throw new Error(`expected a reservation, found ${outcome.kind}`);
      return outcome.sponsorship;
    },
    async bound(txHash, more) {
      const { id, payer, input: output, expiresAtMs } = await harness.reserved(more);
      const outcome = await harness.store.bind({
        id,
        txHash,
        payer,
        input: output,
        transactionExpiresAtMs: expiresAtMs + 600_000,
      });
      if (outcome.kind !== 'bound') throw new Error(`expected it bound, found ${outcome.kind}`);
      return outcome.sponsorship;
    },
  };
  return harness;
}

/** The outputs of a pool of this many. */
export function poolOutputs(size: number): readonly OutRefKey[] {
  return Array.from({ length: size }, (_, index) => input(index));
}
