import { createSubmitWorker, type SubmitWorker, submitQueueName } from '@x402-facilitator/journal';
import { parseTraceparent, traceFieldsOf } from '@x402-facilitator/shared/telemetry';
import { advanceSettlement, type SubmitContext, traceJob } from '../submit/index.js';
import type { NetworkChain } from './open-chain.js';
import type { NetworkSettlement } from './open-settlement.js';
import type { NetworkOptions } from './options.js';

/** Takes the network's submit jobs from now on. */
export function startJobs(
  options: NetworkOptions,
  { provider }: NetworkChain,
  { journal, windows, writer, sponsoring }: NetworkSettlement,
): SubmitWorker {
  const { served, schemes, config, redis, logger, metrics, telemetry, now } = options;
  const { network } = served;
  const context: SubmitContext = {
    journal,
    windows,
    writer,
    schemes,
    provider,
    sponsor: sponsoring?.sponsor,
    logger,
    failureDepth: served.follower.failureDepth,
    judgesBytes: served.verification.ledger === 'full',
    acceptMempool: config.settle.acceptMempool,
    lookAgainAfterMs: served.follower.lookAgainAfterMs,
    now,
  };
  return createSubmitWorker({
    network,
    redis,
    concurrency: config.worker.concurrency,
    process: traceJob((job) => advanceSettlement(context, job), telemetry.tracing),
    events: {
      error: (error) => logger.warn({ error }, 'the submit worker has a problem'),
      stalled: (transaction) => {
        metrics.queues.stalled(submitQueueName(network));
        logger.warn({ transaction }, 'took over the job of a worker that vanished');
      },
      lockRenewalFailed: (transactions) =>
        logger.warn({ metadata: { transactions } }, 'lost the locks of running jobs'),
      failed: ({ id: transaction, traceparent }, error) => {
        logger.error({ ...traceFieldsOf({ traceparent }), transaction, error }, 'a submit job failed');
        telemetry.errors?.report({
          what: 'a submit job failed',
          error,
          tags: { network, transaction },
          trace: parseTraceparent(traceparent),
        });
      },
    },
  });
}
