export { createSqliteChannelStore, type SqliteDatabase } from './channel-store.js';
