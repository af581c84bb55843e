import { ChainProviderError } from '@x402-facilitator/chain';
import {
  type FollowerLease,
  JournalUnavailableError,
  QueueUnavailableError,
} from '@x402-facilitator/journal';
import type { ErrorReporter, Logger } from '@x402-facilitator/shared/telemetry';
import type { Follower } from '../follower/index.js';
import { startLoop } from '../loop.js';

/** A holder that died is replaced within this time. A live one renews three times in it. */
export const LEASE_TTL_MS = 6_000;
const LEASE_RENEWAL_MS = LEASE_TTL_MS / 3;
const SWEEP_MS = 1_000;

interface Maintenance {
  isFollower(): boolean;
  /** Ends the loops, waits for their running turns and releases the lease. */
  stop(): Promise<void>;
}

/**
 * Follows the chain, sweeps and keeps the wallet's pool while this worker holds the network's lease. These are loops
 * rather than scheduled jobs: another worker would take over a job only once it stalled, and each tick would leave a
 * finished job behind. The lease would still be needed, because a worker that was paused in the middle of a job
 * resumes.
 */
export function maintainNetwork(options: {
  readonly lease: FollowerLease;
  readonly follower: Follower;
  readonly sweep: () => Promise<unknown>;
  /** One round of keeping the wallet's pool. Undefined on a worker that does not lend. */
  readonly keepPool: ((leaseFence: number) => Promise<void>) | undefined;
  readonly tickMs: number;
  readonly logger: Logger;
  readonly errors: ErrorReporter | undefined;
}): Maintenance {
  const { lease, follower, sweep, keepPool, tickMs, logger, errors } = options;
  let lastHeld: { readonly fence: number; readonly untilMs: number } | undefined;
  // Where the renewal gets no answer, another worker may hold it by now.
  const fenceNow = () =>
    lastHeld !== undefined && performance.now() < lastHeld.untilMs ? lastHeld.fence : undefined;

  const report = (what: string) => (error: unknown) => {
    const isExpected =
      error instanceof ChainProviderError ||
      error instanceof JournalUnavailableError ||
      error instanceof QueueUnavailableError;
    const message = `${what} failed and is tried again`;
    logger[isExpected ? 'warn' : 'error']({ error }, message);
    if (!isExpected) errors?.report({ what: message, error });
  };

  const whileHeld = (what: string, intervalMs: number, task: (held: number) => Promise<unknown>) =>
    startLoop({
      intervalMs,
      onError: report(what),
      turn: async () => {
        const fence = fenceNow();
        if (fence !== undefined) await task(fence);
      },
    });

  const loops = [
    startLoop({
      intervalMs: LEASE_RENEWAL_MS,
      onError: report('renewing the lease'),
      turn: async () => {
        const untilMs = performance.now() + LEASE_TTL_MS;
        const fence = await lease.acquire();
        if (fence !== undefined && lastHeld === undefined) logger.info('following the chain');
        if (fence === undefined && lastHeld !== undefined) logger.warn('another worker follows the chain');
        lastHeld = fence === undefined ? undefined : { fence, untilMs };
      },
    }),
    whileHeld('following the chain', tickMs, follower.tick),
    whileHeld('sweeping', Math.min(SWEEP_MS, tickMs), sweep),
    whileHeld('keeping the pool', tickMs, async (held) => keepPool?.(held)),
  ];

  return {
    isFollower: () => fenceNow() !== undefined,
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      lastHeld = undefined;
      await lease.release();
    },
  };
}
