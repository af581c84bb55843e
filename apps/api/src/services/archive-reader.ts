import {
  type ArchiveReader,
  ArchiveUnavailableError,
  guardReader,
  openArchive,
} from '@x402-facilitator/archive';
import type { Config } from '@x402-facilitator/shared/config';
import type { Log } from './log.js';

/** Behind the guard's own end, so that a late answer frees its connection. */
const MARGIN_MS = 250;

/**
 * The archive as the API reads it; `undefined` where none is configured. It is opened with the first question, so that
 * the API starts without it, and says so in the log.
 */
export function openArchiveReader(
  { url, connections, readTimeoutMs }: Config['archive'],
  log: Log,
): (ArchiveReader & { close(): Promise<void> }) | undefined {
  if (url === undefined) return undefined;
  const opened = openArchive({
    url,
    connections,
    isReader: true,
    timeoutMs: readTimeoutMs + MARGIN_MS,
    name: 'x402-api',
  });
  const checked = async () => (await opened).check();
  checked().catch((error: unknown) => log.warn({ error }, 'the archive cannot be read yet'));
  const reader = guardReader(
    { find: async (...asked) => (await opened).find(...asked) },
    { timeoutMs: readTimeoutMs },
  );
  return {
    async find(networks, txHash) {
      try {
        return await reader.find(networks, txHash);
      } catch (error) {
        if (error instanceof ArchiveUnavailableError) log.warn({ error }, 'the archive was not read');
        throw error;
      }
    },
    async close() {
      const archive = await opened.catch(() => undefined);
      await archive?.close();
    },
  };
}
