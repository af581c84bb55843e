export {
  type ArchivableRecord,
  type ArchiveBacklog,
  type ArchiveQueue,
  createArchiveQueue,
  readArchiveBacklog,
} from './archive-queue.js';
export { type ArchivedFields, decodeArchived, isSameCall } from './archived-record.js';
