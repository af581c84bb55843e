import { JournalUnavailableError } from '@x402-facilitator/journal';

/**
 * The archive was asked and did not answer, so whether it holds something is not known. To callers it is what an absent
 * journal is: a part of the record that cannot be read now.
 */
export class ArchiveUnavailableError extends JournalUnavailableError {
  override readonly name = 'ArchiveUnavailableError';
  override readonly publicMessage = 'the archive of ended settlements does not answer';
}

/** The tables are older than this version needs. */
export class ArchiveBehindError extends ArchiveUnavailableError {
  constructor(missing: readonly string[]) {
    super(`the archive lacks ${missing.join(', ')}: run \`ops migrate\` first (docs/operations/change.md)`);
  }
}

/** What a database says of values: the same rows are refused again, however often they are written. */
const REFUSED_ROW = /^(?:22|23|54)|^SQLITE_(?:CONSTRAINT|TOOBIG|MISMATCH)/;

/** True when the database refused what was written. Every other error may be gone by the next attempt. */
export function isRowRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && REFUSED_ROW.test(String(error.code));
}

/** Everything else that a driver throws means that the archive cannot do its work now: it is full, away, or read-only. */
export async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ArchiveUnavailableError || isRowRefused(error)) throw error;
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new ArchiveUnavailableError(`the archive does not answer: ${reason}`, { cause: error });
  }
}
