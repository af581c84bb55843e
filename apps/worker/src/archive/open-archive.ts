import {
  type Archive,
  ArchiveBehindError,
  ArchiveUnavailableError,
  openArchive,
} from '@x402-facilitator/archive';
import type { Config } from '@x402-facilitator/shared/config';
import type { Logger } from '@x402-facilitator/shared/telemetry';

/** As long as a batch may take at a slow archive. */
const WRITE_TIMEOUT_MS = 30_000;

/** Opens the archive of the configuration for writing; `undefined` where none is configured. */
export async function openConfiguredArchive(
  { archive: { url, connections } }: Pick<Config, 'archive'>,
  name: string,
): Promise<Archive | undefined> {
  if (url === undefined) return undefined;
  return openArchive({ url, isReader: false, timeoutMs: WRITE_TIMEOUT_MS, connections, name });
}

/**
 * Says at the start whether the archive can be used. One that is away does not keep a worker from settling.
 *
 * @throws ArchiveBehindError when `ops migrate` has to run first.
 */
export async function checkArchive(archive: Pick<Archive, 'check'>, logger: Logger): Promise<void> {
  try {
    await archive.check();
  } catch (error) {
    if (!(error instanceof ArchiveUnavailableError) || error instanceof ArchiveBehindError) throw error;
    logger.warn({ error }, 'the archive does not answer yet: what ends is kept in Redis until it does');
  }
}
