import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Archive, openArchive } from '@x402-facilitator/archive';
import { findPostgres, type PostgresHandle, startPostgres } from '@x402-facilitator/tools/postgres';

export type Backend = {
  readonly name: string;
  /** Unset: this machine has no PostgreSQL. */
  readonly open: (() => Promise<OpenedBackend>) | undefined;
};

/** An empty database of a test's own. */
export type OpenedBackend = {
  readonly url: string;
  readonly postgres: PostgresHandle | undefined;
  connect(options?: { readonly isReader?: boolean; readonly timeoutMs?: number }): Promise<Archive>;
  close(): Promise<void>;
};

function connecting(url: string) {
  const opened: Archive[] = [];
  return {
    url,
    async connect({ isReader = false, timeoutMs = 10_000 } = {}) {
      const archive = await openArchive({ url, isReader, timeoutMs, connections: 4, name: 'x402-test' });
      opened.push(archive);
      return archive;
    },
    closeAll: () => Promise.all(opened.splice(0).map((archive) => archive.close())),
  };
}

async function openSqlite(): Promise<OpenedBackend> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-archive-'));
  const { closeAll, ...rest } = connecting(`sqlite:${join(directory, 'archive.db')}`);
  return {
    ...rest,
    postgres: undefined,
    async close() {
      await closeAll();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function openPostgres(programs: string): Promise<OpenedBackend> {
  const postgres = await startPostgres(programs);
  const { closeAll, ...rest } = connecting(postgres.url);
  return {
    ...rest,
    postgres,
    async close() {
      await closeAll();
      await postgres.stop();
    },
  };
}

/** SQLite, and PostgreSQL where this machine has it. In CI a missing one is an error: a skipped test looks like a success. */
export async function backends(): Promise<readonly Backend[]> {
  const programs = await findPostgres();
  if (programs === undefined && process.env.CI)
    throw new Error('PostgreSQL not found: `sudo apt-get install postgresql`');
  return [
    { name: 'SQLite', open: openSqlite },
    { name: 'PostgreSQL', open: programs === undefined ? undefined : () => openPostgres(programs) },
  ];
}
