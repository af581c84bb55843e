import { type Archive, ArchiveUnavailableError } from '@x402-facilitator/archive';
import { JournalUnavailableError } from '@x402-facilitator/journal';
import { type Loop, startLoop } from '../loop.js';
import { type ArchivingContext, archiveSettlements } from './archive-settlements.js';

const LONGEST_INTERVAL_MS = 1_000;
const DAY_MS = 86_400_000;
/** Between two scans for what ended without being listed, and between two prunings. */
const LONGEST_HOUSEKEEPING_MS = 3_600_000;
const SHORTEST_HOUSEKEEPING_MS = 60_000;
/** An absent archive is logged once, and then so often. */
const REMIND_MS = 60_000;

/**
 * Archives what has ended while this worker follows the chain. Another one that takes over goes on at the same place: two
 * that do it at once write each settlement once.
 */
export function startArchiving(
  context: ArchivingContext & {
    readonly archive: Pick<Archive, 'check' | 'prune'>;
    readonly isFollower: () => boolean;
    /** `settle.retentionSeconds`: what an older version ends is found before Redis forgets it. */
    readonly retentionMs: number;
    /** `archive.retentionDays`. */
    readonly retentionDays: number | undefined;
    readonly tickMs: number;
  },
): Loop {
  const { network, archive, queue, metrics, logger, now, isFollower } = context;
  const { retentionMs, retentionDays, tickMs } = context;
  const everyMs = Math.min(LONGEST_HOUSEKEEPING_MS, Math.max(SHORTEST_HOUSEKEEPING_MS, retentionMs / 4));
  let houseKeptMs = Number.NEGATIVE_INFINITY;
  let remindAtMs = Number.NEGATIVE_INFINITY;
  let isChecked = false;
  let isAway = false;

  const keepHouse = async () => {
    if (performance.now() < houseKeptMs + everyMs) return;
    const adopted = await queue.adopt(now());
    if (adopted > 0)
      logger.info({ metadata: { adopted } }, 'settlements that ended before are archived, too');
    houseKeptMs = performance.now();
  };
  const prune = async () => {
    if (retentionDays === undefined) return;
    let pruned = 0;
    for (;;) {
      const batch = await archive.prune(now() - retentionDays * DAY_MS);
      pruned += batch;
      if (batch === 0) break;
    }
    if (pruned > 0) logger.info({ metadata: { pruned, retentionDays } }, 'archived settlements were deleted');
  };
  let prunedMs = Number.NEGATIVE_INFINITY;

  return startLoop({
    intervalMs: Math.min(LONGEST_INTERVAL_MS, tickMs),
    async turn() {
      if (!isFollower()) {
        // The next follower may be of an older version.
        houseKeptMs = Number.NEGATIVE_INFINITY;
        return;
      }
      // Before the archive is asked: what Redis would forget is kept while it is away.
      await keepHouse();
      if (!isChecked) await archive.check();
      isChecked = true;
      await archiveSettlements(context);
      if (performance.now() >= prunedMs + everyMs) {
        await prune();
        prunedMs = performance.now();
      }
      if (isAway) logger.info('the archive answers again');
      isAway = false;
      remindAtMs = Number.NEGATIVE_INFINITY;
    },
    onError(error) {
      const message = 'archiving failed and is tried again';
      if (error instanceof ArchiveUnavailableError) {
        metrics.failed(network, 'away');
        isAway = true;
        if (performance.now() < remindAtMs) return;
        remindAtMs = performance.now() + REMIND_MS;
        logger.warn({ error }, message);
      } else logger[error instanceof JournalUnavailableError ? 'warn' : 'error']({ error }, message);
    },
  });
}
