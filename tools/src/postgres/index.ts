export { findPostgres, type PostgresHandle, startPostgres } from './start-postgres.js';
