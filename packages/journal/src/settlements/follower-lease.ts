import type { Network } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { defineScript } from '../redis/index.js';
import { journalKeys } from './keys.js';
import { acquireLeaseScript } from './scripts/acquire-lease.js';
import { releaseLeaseScript } from './scripts/release-lease.js';

/** The right to follow one network's chain. One worker at a time holds it. */
export interface FollowerLease {
  /**
   * Takes or renews the lease.
   *
   * @returns the fence that the holder's writes carry, or `undefined` while another worker holds it.
   * @throws JournalUnavailableError when Redis does not answer.
   */
  acquire(): Promise<number | undefined>;
  /** Releases the lease, so that another worker can take over at once. */
  release(): Promise<void>;
}

export function createFollowerLease({
  redis,
  network,
  holder,
  ttlMs,
}: {
  readonly redis: Redis;
  readonly network: Network;
  /** Unique among all workers. */
  readonly holder: string;
  /** How long a lease stays valid after its holder died. */
  readonly ttlMs: number;
}): FollowerLease {
  const keys = journalKeys(network);
  const acquire = defineScript(redis, acquireLeaseScript);
  const release = defineScript(redis, releaseLeaseScript);
  return {
    async acquire() {
      const fence = await acquire([keys.lease, keys.leaseFence], [holder, ttlMs]);
      return typeof fence === 'number' ? fence : undefined;
    },
    async release() {
      await release([keys.lease], [holder]);
    },
  };
}
