import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, SqliteDialect } from 'kysely';
import type { Pool } from 'pg';
import type { Tables } from './tables.js';

export type ArchiveOptions = {
  /** `postgresql://…`, or `sqlite:` and a path. */
  readonly url: string;
  /** Whether nothing may be written, as by the API. */
  readonly isReader: boolean;
  /** How long a statement, and the wait for a connection, may take. */
  readonly timeoutMs: number;
  /** PostgreSQL connections of this process at most. */
  readonly connections: number;
  /** Named in PostgreSQL's own views. */
  readonly name: string;
};

export type Dialect = 'postgresql' | 'sqlite';

export type Database = {
  readonly db: Kysely<Tables>;
  readonly dialect: Dialect;
};

const SQLITE = 'sqlite:';

/** PostgreSQL's type of the columns with times. They fit a number. */
const INT8 = 20;

/** How long the server may take to say that a statement's time is over. */
const SAYING_MS = 250;

/** Opens the database. PostgreSQL is not asked before the first query; a SQLite file is opened at once. */
export async function openDatabase(options: ArchiveOptions): Promise<Database> {
  return options.url.startsWith(SQLITE) ? openSqlite(options) : openPostgres(options);
}

async function openPostgres(options: ArchiveOptions): Promise<Database> {
  const { url, isReader, timeoutMs, connections, name } = options;
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    // The server ends a slow statement and says so; one that has not by then is silent.
    query_timeout: timeoutMs + SAYING_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: name,
    allowExitOnIdle: true,
    types: {
      getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)),
    },
    ...(isReader ? { options: '-c default_transaction_read_only=on' } : {}),
  });
  // A connection that breaks while it is idle: the next query opens another one.
  pool.on('error', () => undefined);
  // One that breaks under a query fails that query, and says so here as well. Nobody else listens: it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const isAnswer = (error: unknown) => error instanceof pg.DatabaseError;
  const dialect = new PostgresDialect({ pool: withoutSilent(pool, isAnswer) });
  return { db: new Kysely<Tables>({ dialect }), dialect: 'postgresql' };
}

/**
 * Keeps no connection on which an answer did not come. The library would keep it and ask again on it; where a server is gone without
 * a word, nothing comes on it for a quarter of an hour, while a new one reaches what took its place.
 *
 * @param isAnswer whether an error is what the server said.
 */
function withoutSilent(pool: Pool, isAnswer: (error: unknown) => boolean): PostgresPool {
  return {
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      let isSilent = false;
      const query = async (text: string, values: unknown[]) => {
        try {
          return await client.query(text, values);
        } catch (error) {
          isSilent ||= !isAnswer(error);
          throw error;
        }
      };
      const release = (destroy = false) => client.release(destroy || isSilent);
      // A cursor, which a client may be asked for too, is never asked for here.
      return { query, release } as unknown as PostgresPoolClient;
    },
  };
}

async function openSqlite({ url, isReader, timeoutMs }: ArchiveOptions): Promise<Database> {
  const { default: Sqlite } = await import('better-sqlite3');
  const path = url.slice(SQLITE.length);
  const dialect = new SqliteDialect({
    // Called with the first query, and again after one that failed to open it.
    database: async () => {
      const file = new Sqlite(path, { readonly: isReader, timeout: Math.min(timeoutMs, MOST_BLOCKED_MS) });
      if (isReader) return file;
      // Readers go on beside a writer, and what is written is on the disk before Redis may forget it.
      file.pragma('journal_mode = WAL');
      file.pragma('synchronous = FULL');
      return file;
    },
  });
  return { db: new Kysely<Tables>({ dialect }), dialect: 'sqlite' };
}

/** The library waits for another process's lock in this thread, which serves others too. */
const MOST_BLOCKED_MS = 500;
