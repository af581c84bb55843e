import type { Network } from '@x402-facilitator/cardano';
import {
  type Journal,
  type Settlement,
  type SettlementIndex,
  type SubmitQueue,
  settlementsIn,
} from '@x402-facilitator/journal';
import { type Logger, traceFieldsOf } from '@x402-facilitator/shared/telemetry';

export type SweepContext = {
  readonly network: Network;
  readonly journal: Pick<Journal, 'readMany'> & Pick<SettlementIndex, 'due' | 'postpone'>;
  readonly queue: Pick<SubmitQueue, 'requeue'>;
  readonly logger: Logger;
  /** The wait before the next look at a submission in flight. */
  readonly lookAgainAfterMs: number;
  /** POSIX milliseconds. */
  readonly now: () => number;
};

const BATCH = 500;
/** The wait before the sweeper enqueues the same job again. */
const JOB_PATIENCE_MS = 10_000;
/**
 * Looks per sweep at submissions that are only slow. Each costs calls, and when blocks are full there are many. The
 * follower sees their inclusion without extra calls.
 */
const LOOKS_PER_SWEEP = 5;

/**
 * Enqueues every settlement that needs a look: claims whose job was lost, submissions whose worker vanished, ambiguous
 * ones that are due, and submissions that take longer than a block usually does.
 *
 * @returns how many jobs it enqueued.
 */
export async function sweep(context: SweepContext): Promise<number> {
  const { network, journal, now } = context;
  const due = settlementsIn(await journal.readMany(network, await journal.due(network, now(), BATCH)));
  let enqueued = 0;
  let looks = 0;
  for (const settlement of due) {
    const isSlow = settlement.state === 'submitted' || settlement.state === 'confirmed';
    if (isSlow && looks >= LOOKS_PER_SWEEP) {
      await journal.postpone(network, settlement.txHash, now() + JOB_PATIENCE_MS);
      continue;
    }
    if (isSlow) looks += 1;
    if (await enqueue(context, settlement, isSlow)) enqueued += 1;
  }
  return enqueued;
}

async function enqueue(context: SweepContext, settlement: Settlement, isSlow: boolean): Promise<boolean> {
  const { network, journal, queue, logger, lookAgainAfterMs, now } = context;
  const { txHash, state, attempts, traceparent } = settlement;
  // Written before the job is enqueued, because the job decides when to look next.
  await journal.postpone(network, txHash, now() + (isSlow ? lookAgainAfterMs : JOB_PATIENCE_MS));
  const isNew = await queue.requeue({
    network,
    txHash,
    ...(traceparent === undefined ? {} : { traceparent }),
  });
  if (isNew)
    logger.info(
      { transaction: txHash, ...traceFieldsOf(settlement), metadata: { state, attempts } },
      'settlement enqueued again',
    );
  return isNew;
}
