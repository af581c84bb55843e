import type { Archive } from './archive.js';
import type { ArchiveOptions } from './connect.js';

/** @throws ArchiveUnavailableError when a SQLite file's library is not installed. */
export async function openArchive(options: ArchiveOptions): Promise<Archive> {
  // Its libraries are hundreds of files: a process without an archive does not wait for them.
  const { openDatabaseArchive } = await import('./database-archive.js');
  return openDatabaseArchive(options);
}
