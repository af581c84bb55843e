import type { Network, SchemeRegistry } from '@x402-facilitator/cardano';
import type { ChainProvider } from '@x402-facilitator/chain';
import type { ChainWindowStore, Journal, SettlementIndex } from '@x402-facilitator/journal';
import type { Logger } from '@x402-facilitator/shared/telemetry';
import type { SettlementWriter } from '../settlement/index.js';

/** What the follower of one network's chain needs. */
export type FollowerContext = {
  readonly network: Network;
  readonly provider: ChainProvider;
  readonly journal: Pick<Journal, 'read' | 'readMany'> & SettlementIndex;
  readonly writer: SettlementWriter;
  readonly schemes: Pick<SchemeRegistry, 'of'>;
  readonly windows: ChainWindowStore;
  readonly logger: Logger;
  /** `chain.follower.keepBlocks`. */
  readonly keepBlocks: number;
  /** `chain.follower.failureDepth`. */
  readonly failureDepth: number;
  /** `chain.follower.tickMs`. */
  readonly tickMs: number;
  /** `chain.verification.graceBufferSeconds`: how long past its TTL a transaction may still appear. */
  readonly graceMs: number;
  /** Called when so many blocks that were read here have left the chain; more may have left that were not. */
  readonly onRollback: (blocks: number) => void;
  /** POSIX milliseconds. */
  readonly now: () => number;
};

/** One look at the chain. */
export type Tick = {
  readonly context: FollowerContext;
  /** The fence that every write of this tick carries. */
  readonly leaseFence: number;
};

const BATCH = 100;

/** Splits into batches: thousands of pending settlements must not all be in memory at once. */
export function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}
