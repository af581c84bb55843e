import type { Network } from '@x402-facilitator/cardano';
import type { ChainProvider, NetworkFactsCache } from '@x402-facilitator/chain';
import type { Journal, PoolTransactionStore, SponsorshipStore } from '@x402-facilitator/journal';
import type { Logger, SponsorshipMetrics } from '@x402-facilitator/shared/telemetry';
import type { FacilitatorWallet } from '../wallet/index.js';

/** What the keeper of one network's pool needs. */
export type PoolContext = {
  readonly network: Network;
  readonly wallet: FacilitatorWallet;
  readonly provider: ChainProvider;
  readonly facts: Pick<NetworkFactsCache, 'get'>;
  readonly store: SponsorshipStore;
  readonly transactions: PoolTransactionStore;
  readonly journal: Pick<Journal, 'readMany' | 'inFlight'>;
  readonly metrics: SponsorshipMetrics;
  readonly logger: Logger;
  /** `sponsorship.pool` and the breaker's threshold. Lovelace. */
  readonly size: number;
  readonly utxoLovelace: bigint;
  /** Fewer outputs than this, lent ones included, open the breaker. */
  readonly minimum: number;
  readonly minBalanceLovelace: bigint;
  /** `chain.follower.failureDepth`. */
  readonly failureDepth: number;
  /** `chain.follower.tickMs`. */
  readonly tickMs: number;
  /** How long past its TTL a transaction may still appear. */
  readonly graceMs: number;
  /** POSIX milliseconds. */
  readonly now: () => number;
};
