export { type Archive, type ArchiveReader, guardReader, openArchive } from './archive.js';
export { ArchiveBehindError, ArchiveUnavailableError } from './errors.js';
export { createHistory, type History } from './history.js';
export type { ArchiveEntry } from './write.js';
