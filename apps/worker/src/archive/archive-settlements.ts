import type { Archive, ArchiveEntry } from '@x402-facilitator/archive';
import type { Network, TxHash } from '@x402-facilitator/cardano';
import type { ArchivableRecord, ArchiveQueue, Settlement, SponsorshipStore } from '@x402-facilitator/journal';
import type { ArchiveMetrics, Logger } from '@x402-facilitator/shared/telemetry';
import { sponsorshipOf } from './sponsorship-of.js';

export type ArchivingContext = {
  readonly network: Network;
  readonly archive: Pick<Archive, 'write'>;
  readonly queue: ArchiveQueue;
  readonly sponsorships: Pick<SponsorshipStore, 'read'>;
  readonly metrics: Pick<ArchiveMetrics, 'written' | 'failed'>;
  readonly logger: Logger;
  /** POSIX milliseconds. */
  readonly now: () => number;
};

/** Rows of one transaction. SQLite writes them in this thread, so they are few enough to take milliseconds. */
export const BATCH = 250;

/** Waiting repairs neither a record that cannot be read nor a row that the database refuses, so retry rarely. */
const DOUBT_AGAIN_MS = 600_000;
/** What the wallet paid is known once its sponsorship is closed, soon after the payment is final. */
const OPEN_AGAIN_MS = 30_000;
const OPEN_PATIENCE_MS = 86_400_000;

type Entry = ArchiveEntry & { readonly record: ArchivableRecord };

/**
 * Archives everything that is due, a batch at a time: rows first, in one transaction, and then the mark that lets Redis
 * forget them. A worker that dies in between, or that another one overtakes, leaves each settlement in the archive once.
 *
 * @throws JournalUnavailableError when Redis does not answer, ArchiveUnavailableError when the archive does not: the next
 * round starts at the same place.
 */
export async function archiveSettlements(context: ArchivingContext): Promise<void> {
  for (;;) {
    const due = await context.queue.due(context.now(), BATCH);
    const hasMoved = due.length > 0 && (await archiveBatch(context, due));
    if (due.length < BATCH || !hasMoved) return;
  }
}

/** False when all of it stays due. */
async function archiveBatch(context: ArchivingContext, due: readonly TxHash[]): Promise<boolean> {
  const { network, archive, queue, metrics, logger, now } = context;
  const records = await queue.read(due);
  const entries: Entry[] = [];
  const gone: ArchivableRecord[] = [];
  const doubtful: TxHash[] = [];
  const open: TxHash[] = [];
  for (const record of records) {
    const { reading, txHash, fields, receipt } = record;
    const settlement = reading.ok ? reading.value : undefined;
    if (reading.ok && settlement === undefined) gone.push(record);
    else if (settlement?.finalAtMs === undefined) {
      doubtful.push(txHash);
      metrics.failed(network, 'unreadable');
      logger.error(
        { transaction: txHash },
        'not archived: its record cannot be read, or is not of one that ended',
      );
    } else {
      const paid = await paidFor(context, settlement);
      if (paid === 'open') open.push(txHash);
      else entries.push({ record, settlement, fields, receipt, sponsorship: paid });
    }
  }

  const outcomes = await archive.write(entries, now());
  const written = outcomes.filter(({ kind }) => kind === 'written').length;
  if (written > 0) metrics.written(network, written);
  const archived = entries.filter(({ settlement }, place) => {
    const outcome = outcomes[place];
    if (outcome?.kind === 'differs' || outcome?.kind === 'refused') {
      const isRefused = outcome.kind === 'refused';
      metrics.failed(network, outcome.kind);
      logger.error(
        { transaction: settlement.txHash, metadata: isRefused ? { why: outcome.reason } : {} },
        isRefused
          ? 'not archived: the database refuses its row'
          : 'archived before, and otherwise: that row stays',
      );
      if (isRefused) doubtful.push(settlement.txHash);
    }
    return outcome !== undefined && outcome.kind !== 'refused';
  });

  const marked = await queue.mark([...archived.map(({ record }) => record), ...gone], now());
  // Of what is gone, only what is no record is still listed.
  await queue.postpone([...doubtful, ...gone.map(({ txHash }) => txHash)], now() + DOUBT_AGAIN_MS);
  await queue.postpone(open, now() + OPEN_AGAIN_MS);
  if (written > 0) logger.debug({ metadata: { written, marked: marked.length } }, 'settlements archived');
  return marked.length + gone.length + doubtful.length + open.length > 0;
}

/** What the wallet paid for it as JSON, or `open` while that may still change. */
async function paidFor(
  { sponsorships, logger, now }: ArchivingContext,
  settlement: Settlement,
): Promise<string | undefined | 'open'> {
  const { txHash, finalAtMs = 0 } = settlement;
  const paid = await sponsorshipOf(settlement, sponsorships, (reason) =>
    logger.error(
      { transaction: txHash, metadata: { why: reason } },
      'archived without what the wallet paid for it',
    ),
  );
  if (paid === undefined) return undefined;
  const isOpen = paid.state === 'bound' || paid.state === 'signed';
  return isOpen && now() < finalAtMs + OPEN_PATIENCE_MS ? 'open' : JSON.stringify(paid);
}
