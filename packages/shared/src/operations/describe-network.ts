import type { Network } from '@x402-facilitator/cardano';
import {
  type ArchiveBacklog,
  type ChainWindowStore,
  type Journal,
  type PauseSwitch,
  SETTLEMENT_STATES,
  type SettlementIndex,
  type SponsorshipStore,
  type SubmitQueue,
  settlementsIn,
} from '@x402-facilitator/journal';
import { isoTime } from '../wire/index.js';
import { describeWallet } from './wallet.js';

/** What operators look at and switch, of one network. */
export type OperatedNetwork = {
  readonly network: Network;
  readonly journal: Journal & SettlementIndex;
  readonly queue: SubmitQueue;
  readonly pause: PauseSwitch;
  readonly windows: Pick<ChainWindowStore, 'read'>;
  readonly sponsorships: Pick<SponsorshipStore, 'readPool' | 'counts' | 'books'>;
  /** What ended and is not archived. Unset: nothing is archived. */
  readonly readBacklog: ((nowMs: number) => Promise<ArchiveBacklog>) | undefined;
};

export type NetworkReport = Awaited<ReturnType<typeof describeNetwork>>;

/**
 * Whether a network makes progress, and if not, why: for `ops status` and the operators' page. Times in ISO 8601.
 *
 * @throws JournalUnavailableError, QueueUnavailableError when Redis does not answer.
 */
export async function describeNetwork(
  { network, journal, queue, pause, windows, sponsorships, readBacklog }: OperatedNetwork,
  nowMs: number,
) {
  const [counts, oldestMs, closed, paused, jobs, window, pendingIds, wallet, backlog] = await Promise.all([
    journal.counts(network),
    journal.oldestPendingMs(network),
    pause.read(),
    queue.isPaused(),
    queue.counts(),
    windows.read(),
    journal.pending(network),
    describeWallet(sponsorships),
    readBacklog?.(nowMs),
  ]);
  const readings = await journal.readMany(network, pendingIds);
  const settlements = settlementsIn(readings);
  const states = Object.fromEntries(
    SETTLEMENT_STATES.flatMap((state) => {
      const count = settlements.filter((settlement) => settlement.state === state).length;
      return count === 0 || state === 'confirmed' ? [] : [[state, count] as const];
    }),
  );
  return {
    network,
    at: isoTime(nowMs),
    pause: closed === undefined ? null : { ...closed, since: isoTime(closed.sinceMs) },
    pending: counts.pending,
    watched: counts.watched,
    states,
    unreadable: readings.flatMap((reading) => (reading.ok ? [] : [reading.error])),
    oldestPendingAt: oldestMs === undefined ? null : isoTime(oldestMs),
    queue: {
      paused,
      waiting: jobs.waiting ?? 0,
      active: jobs.active ?? 0,
      delayed: jobs.delayed ?? 0,
      completed: jobs.completed ?? 0,
      failed: jobs.failed ?? 0,
    },
    chain: (window.ok ? window.value.at(-1) : undefined) ?? null,
    ...(window.ok ? {} : { chainUnreadable: window.error }),
    wallet,
    archive: backlog === undefined ? null : describeBacklog(backlog),
  };
}

function describeBacklog({ due, waiting, oldestDueMs }: ArchiveBacklog) {
  return { due, waiting, oldestDueAt: oldestDueMs === undefined ? null : isoTime(oldestDueMs) };
}
