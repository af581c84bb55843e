import type { Archive } from './archive.js';
import { type ArchiveOptions, openDatabase } from './connect.js';
import { asked } from './errors.js';
import { eraseAddress, pruneRows } from './forget.js';
import { checkMigrated, migrate } from './migrations.js';
import { readOne, readPages } from './read.js';
import { writeEntries } from './write.js';

/** The archive in a database. */
export async function openDatabaseArchive(options: ArchiveOptions): Promise<Archive> {
  const database = await asked(() => openDatabase(options));
  return {
    dialect: database.dialect,
    check: () => checkMigrated(database),
    migrate: () => migrate(database),
    write: (entries, nowMs) => writeEntries(database, entries, nowMs),
    find: (networks, txHash) => readOne(database, networks, txHash),
    pages: (filter) => readPages(database, filter),
    erase: (address, nowMs) => eraseAddress(database, address, nowMs),
    prune: (beforeMs) => pruneRows(database, beforeMs),
    close: () => database.db.destroy(),
  };
}
