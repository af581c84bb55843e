import type { Network } from '@x402-facilitator/cardano';
import type { ChainHealth } from '@x402-facilitator/chain';
import {
  createArchiveQueue,
  createFollowerLease,
  createReceiptStore,
  createSponsorshipStore,
} from '@x402-facilitator/journal';
import { startArchiving } from '../archive/index.js';
import { createFollower } from '../follower/index.js';
import { within } from '../loop.js';
import { LEASE_TTL_MS, maintainNetwork } from '../maintenance/index.js';
import { startReceipts } from '../receipts/index.js';
import { sweep } from '../sweeper/index.js';
import { openChain } from './open-chain.js';
import { openSettlement } from './open-settlement.js';
import type { NetworkOptions } from './options.js';
import { showMetrics } from './show-metrics.js';
import { startJobs } from './start-jobs.js';

/** Everything that a worker does for one network. */
export interface NetworkWorker {
  readonly network: Network;
  isFollower(): boolean;
  /** The health of its chain providers. */
  chainHealth(): Promise<ChainHealth>;
  /** Takes no further jobs. Finishes the running ones and the follower's running turn, within `timeoutMs`. */
  stop(timeoutMs: number): Promise<{ readonly finished: boolean }>;
}

/** Takes the network's jobs, follows its chain, sweeps and signs receipts, until it is stopped. */
export function startNetwork(shared: NetworkOptions): NetworkWorker {
  const { served, schemes, config, workerId, wallet, archive, redis, metrics, telemetry, now } = shared;
  const { network, graceMs } = served;
  const { keepBlocks, failureDepth, tickMs, lookAgainAfterMs } = served.follower;
  const logger = shared.logger.child({ network });
  const options = { ...shared, logger };
  const chain = openChain(shared);
  const settlement = openSettlement(options, chain);
  const { provider, inclusions } = chain;
  const { journal, windows, writer, queue, sponsoring } = settlement;

  const jobs = startJobs(options, chain, settlement);
  const maintenance = maintainNetwork({
    lease: createFollowerLease({ redis, network, holder: workerId, ttlMs: LEASE_TTL_MS }),
    follower: createFollower({
      network,
      provider,
      journal,
      writer,
      schemes,
      windows,
      logger,
      keepBlocks,
      failureDepth,
      tickMs,
      graceMs,
      onRollback: (blocks) => metrics.following.rolledBack(network, blocks),
      now,
    }),
    keepPool: sponsoring?.keeper.turn,
    sweep: () => sweep({ network, journal, queue, logger, lookAgainAfterMs, now }),
    tickMs,
    logger,
    errors: telemetry.errors,
  });
  const { isFollower } = maintenance;
  const receipts =
    wallet &&
    startReceipts({
      wallet,
      inclusions,
      provider,
      journal,
      receipts: createReceiptStore({ redis, network }),
      receiptResource: config.settle.receiptResource,
      logger,
      isFollower,
      tickMs,
      now,
    });
  const archiving =
    archive &&
    startArchiving({
      network,
      archive,
      queue: createArchiveQueue({ redis, network, retentionMs: served.journal.retentionMs }),
      sponsorships: createSponsorshipStore({ redis, network, now }),
      metrics: metrics.archive,
      logger,
      isFollower,
      retentionMs: served.journal.retentionMs,
      retentionDays: config.archive.retentionDays,
      tickMs,
      now,
    });
  showMetrics(options, chain, settlement, isFollower);

  return {
    network,
    isFollower,
    chainHealth: chain.access.health,
    async stop(timeoutMs) {
      const [jobsDone, maintenanceDone] = await Promise.all([
        jobs.close(timeoutMs),
        within(timeoutMs, maintenance.stop()),
        within(timeoutMs, receipts?.stop() ?? Promise.resolve()),
        within(timeoutMs, archiving?.stop() ?? Promise.resolve()),
      ]);
      // Aborts the calls that still run. A submission that is cut off is recorded as ambiguous, as it should be.
      await chain.access.close();
      await within(timeoutMs, queue.close());
      return { finished: jobsDone && maintenanceDone };
    },
  };
}
