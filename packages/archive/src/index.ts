export { type Archive, type ArchiveReader, guardReader, openArchive } from './archive.js';
export type { ArchiveOptions } from './connect.js';
export { ArchiveBehindError, ArchiveUnavailableError } from './errors.js';
export { createHistory, type Found, type History } from './history.js';
export type { ArchivedSettlement } from './read.js';
export type { ArchiveEntry, WriteOutcome } from './write.js';
