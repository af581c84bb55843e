export { type Archive, type ArchiveReader, guardReader } from './archive.js';
export { ArchiveBehindError, ArchiveUnavailableError } from './errors.js';
export { createHistory, type History } from './history.js';
export { openArchive } from './open-archive.js';
export type { ArchiveEntry } from './write.js';
