import { type ChainHealth, connectChain, decorateProvider } from '@x402-facilitator/chain';
import type { RedisConnection } from '@x402-facilitator/journal';
import {
  createChainWindowStore,
  createFollowerLease,
  createPauseSwitch,
  createReceiptStore,
  createRedisJournal,
  createSubmitQueue,
  createSubmitWorker,
  DEFAULT_JOURNAL_POLICY,
  JournalUnavailableError,
  submitQueueName,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import {
  type Logger,
  logUnreadable,
  parseTraceparent,
  type Telemetry,
  traceFieldsOf,
  type WorkerMetrics,
  withCallSpans,
} from '@x402-facilitator/shared/telemetry';
import { createFollower } from './follower/index.js';
import { LEASE_TTL_MS, maintainNetwork, within } from './maintenance/index.js';
import type { ServedNetwork } from './networks.js';
import { startReceipts } from './receipts/index.js';
import {
  countTransitions,
  createChainWitness,
  createSettlementWriter,
  forgetSpentOutputs,
  reportFailures,
  traceTransitions,
} from './settlement/index.js';
import { openSponsoring } from './sponsorship/index.js';
import { advanceSettlement, traceJob } from './submit/index.js';
import { sweep } from './sweeper/index.js';
import type { FacilitatorWallet } from './wallet/index.js';

/** Everything that a worker does for one network. */
export interface NetworkWorker {
  readonly network: ServedNetwork['network'];
  isFollower(): boolean;
  /** What is known of its chain providers. */
  chainHealth(): Promise<ChainHealth>;
  /** Takes no further job; finishes the running ones and the running turn of the follower, within `timeoutMs`. */
  stop(timeoutMs: number): Promise<{ readonly finished: boolean }>;
}

export function startNetwork(options: {
  readonly served: ServedNetwork;
  readonly config: Config;
  readonly workerId: string;
  /** Undefined where none is configured: payments settle without it. */
  readonly wallet: FacilitatorWallet | undefined;
  /** A `worker` connection. */
  readonly redis: RedisConnection;
  readonly logger: Logger;
  readonly metrics: WorkerMetrics;
  readonly telemetry: Telemetry;
  readonly now: () => number;
}): NetworkWorker {
  const { served, config, workerId, wallet, redis, metrics, now } = options;
  const { tracing, errors } = options.telemetry;
  const { network, graceMs, providers } = served;
  const { follower: following } = config.chain;
  const logger = options.logger.child({ network });

  const chain = connectChain({
    network,
    providers,
    redis,
    clock: now,
    logger: options.logger,
    utxoTtlSeconds: config.chain.cache.utxoTtlSeconds,
    observer: withCallSpans(metrics.chain, tracing),
  });
  const witness = createChainWitness();
  // Looking can wait when a provider's budget is short; what a payer waits for cannot.
  const provider = decorateProvider(chain.polling, {
    submitTransaction: async (bytes) => {
      const startedMs = performance.now();
      const outcome = await chain.provider.submitTransaction(bytes);
      metrics.settlements.submitted(network, performance.now() - startedMs);
      return outcome;
    },
    getTip: async () => {
      const tip = await chain.polling.getTip();
      metrics.following.sawTip(network, tip, now());
      witness.sawTip(tip);
      return tip;
    },
  });
  const lookAgainAfterMs = following.lookAgainSeconds * 1000;
  const journal = createRedisJournal({
    redis,
    now,
    onUnreadable: logUnreadable(logger),
    policy: {
      graceMs,
      retentionMs: config.settle.retentionSeconds * 1000,
      stabilityMs: following.stabilityWindowSeconds * 1000,
      patienceMs: { ...DEFAULT_JOURNAL_POLICY.patienceMs, submitted: lookAgainAfterMs },
    },
  });
  const counting = countTransitions(createSettlementWriter({ journal, logger, now }), metrics, now);
  const telling = reportFailures(traceTransitions(counting, tracing), errors);
  const forgetting = forgetSpentOutputs(telling, chain);
  // Receipts alone ask the witness, and without a wallet none is signed.
  const writer = wallet === undefined ? forgetting : witness.watching(forgetting);
  const queue = createSubmitQueue({
    network,
    redis,
    onError: (error) => logger.warn({ error }, 'the submit queue has a problem'),
  });

  const sponsoring =
    wallet &&
    openSponsoring({
      network,
      config,
      wallet,
      redis,
      chain,
      provider,
      journal,
      metrics: metrics.sponsorships,
      logger,
      graceMs,
      now,
    });

  const jobs = createSubmitWorker({
    network,
    redis,
    concurrency: config.worker.concurrency,
    process: traceJob(
      (job) =>
        advanceSettlement(
          {
            journal,
            writer,
            provider,
            sponsor: sponsoring?.sponsor,
            logger,
            acceptMempool: config.settle.acceptMempool,
            lookAgainAfterMs,
            now,
          },
          job,
        ),
      tracing,
    ),
    events: {
      error: (error) => logger.warn({ error }, 'the submit worker has a problem'),
      stalled: (transaction) => {
        metrics.queues.stalled(submitQueueName(network));
        logger.warn({ transaction }, 'the job of a worker that vanished was taken back');
      },
      lockRenewalFailed: (transactions) =>
        logger.warn({ metadata: { transactions } }, 'lost the locks of running jobs'),
      failed: ({ id: transaction, traceparent }, error) => {
        logger.error({ ...traceFieldsOf({ traceparent }), transaction, error }, 'a submit job failed');
        errors?.report({
          what: 'a submit job failed',
          error,
          tags: { network, transaction },
          trace: parseTraceparent(traceparent),
        });
      },
    },
  });
  const maintenance = maintainNetwork({
    lease: createFollowerLease({ redis, network, holder: workerId, ttlMs: LEASE_TTL_MS }),
    follower: createFollower({
      network,
      provider,
      journal,
      writer,
      windows: createChainWindowStore({ redis, network }),
      logger,
      keepBlocks: following.keepBlocks,
      tickMs: following.tickMs,
      graceMs,
      onRollback: () => metrics.following.rolledBack(network),
      now,
    }),
    keepPool: sponsoring?.keeper.turn,
    sweep: () => sweep({ network, journal, queue, logger, lookAgainAfterMs, now }),
    tickMs: following.tickMs,
    logger,
    errors,
  });
  const receipts =
    wallet === undefined
      ? undefined
      : startReceipts({
          wallet,
          witness,
          provider,
          journal,
          receipts: createReceiptStore({ redis, network }),
          logger,
          isFollower: maintenance.isFollower,
          tickMs: following.tickMs,
          now,
        });

  // A connection that waits for Redis would keep the questions of every scrape until it is back.
  const whileConnected = <T>(ask: () => Promise<T>) =>
    redis.status === 'ready' ? ask() : Promise.reject(new JournalUnavailableError('Redis is away'));
  metrics.settlements.watch(network, () => whileConnected(() => journal.backlog(network)), now);
  const pause = createPauseSwitch({ redis, network });
  metrics.settlements.watchPause(network, () =>
    whileConnected(async () => (await pause.read()) !== undefined),
  );
  metrics.settlements.watchUnreadable(network, () =>
    whileConnected(async () => (await journal.unreadable(network)).length),
  );
  if (sponsoring !== undefined)
    metrics.sponsorships.watch(network, () => whileConnected(sponsoring.countFree));
  if (wallet !== undefined)
    metrics.wallet.watch(
      network,
      async () =>
        (await provider.getUnspentOutputs(wallet.address)).reduce((sum, { lovelace }) => sum + lovelace, 0n),
      (error) => logger.warn({ error }, 'the balance of the wallet could not be read'),
    );
  metrics.following.watch(network, maintenance.isFollower, now);
  metrics.queues.watch(
    submitQueueName(network),
    () =>
      whileConnected(async () => {
        const [counts, oldestWaitingMs] = await Promise.all([queue.counts(), queue.oldestWaitingMs()]);
        return { counts, oldestWaitingMs };
      }),
    Date.now,
  );

  return {
    network,
    isFollower: maintenance.isFollower,
    chainHealth: chain.health,
    async stop(timeoutMs) {
      const [jobsDone, maintenanceDone] = await Promise.all([
        jobs.close(timeoutMs),
        within(timeoutMs, maintenance.stop()),
        within(timeoutMs, receipts?.stop() ?? Promise.resolve()),
      ]);
      // Ends what is still under way: a submission in the middle of it is recorded as ambiguous, which it is.
      await chain.close();
      await within(timeoutMs, queue.close());
      return { finished: jobsDone && maintenanceDone };
    },
  };
}
