import type { Network } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { defineScript } from '../redis/index.js';
import { journalKeys } from './keys.js';

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

/**
 * Guarantees: one holder at a time; each new holder gets a higher fence than the one before, so that what the
 * old holder still writes can be told and refused. The holder itself renews with the same call and keeps its fence.
 *
 * Keys: lease, fence. Arguments: holder, ttlMs.
 * Returns: the fence, or nil when another holds it.
 */
const acquireLeaseScript = {
  name: 'x402JournalAcquireLease',
  lua: `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return false end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if holder then return tonumber(redis.call('GET', KEYS[2])) end
return redis.call('INCR', KEYS[2])
`,
} as const;

/**
 * Guarantees: only the holder gives the lease back.
 *
 * Keys: lease. Arguments: holder.
 */
const releaseLeaseScript = {
  name: 'x402JournalReleaseLease',
  lua: `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`,
} as const;
