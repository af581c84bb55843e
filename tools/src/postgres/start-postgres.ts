import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  findProgram,
  freePort,
  guardDirectory,
  type ManagedProcess,
  startProcess,
} from '../processes/index.js';

const run = promisify(execFile);

/** A PostgreSQL of its own, which does not outlive this process. */
export type PostgresHandle = {
  /** Of its superuser. It is reached on a loopback port, without a password. */
  readonly url: string;
  readonly port: number;
  /** Ends it as an operator would, or as a crash does. */
  halt(how: 'stopped' | 'killed'): Promise<void>;
  /** Starts it again on the same port and data. */
  resume(): Promise<void>;
  /** Runs SQL as its superuser, and returns what `psql` prints: a line for each row, `|` between columns. */
  sql(text: string, database?: string): Promise<string>;
  /** What `pg_dump` writes of the database, as a file. */
  dump(): Promise<string>;
  /** Restores such a file into an empty database of this name, and returns its URL. */
  restore(file: string, database: string): Promise<string>;
  stop(): Promise<void>;
};

/** Where Debian puts the programs of a server; elsewhere they are on PATH, one folder for all. */
const DEBIAN = ['17', '16', '15', '14'].map((version) => `/usr/lib/postgresql/${version}/bin`);

const USER = 'postgres';

/** The folder of `initdb` and `postgres`; `undefined` where there is no PostgreSQL. */
export async function findPostgres(): Promise<string | undefined> {
  const initdb = (await findProgram(['initdb'], {}, DEBIAN)) ?? (await findProgram(['initdb']));
  return initdb === undefined ? undefined : dirname(initdb);
}

/** @param programs as `findPostgres` finds them. */
export async function startPostgres(programs: string): Promise<PostgresHandle> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-postgres-'));
  guardDirectory(directory);
  // PostgreSQL refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const enter = isRoot ? ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--init-groups'] : [];
  if (isRoot) await run('chown', [USER, directory]);
  await chmod(directory, 0o700);
  const call = async (program: string, ...args: readonly string[]) => {
    const [command = '', ...rest] = [...enter, join(programs, program), ...args];
    return (await run(command, rest, { cwd: '/', maxBuffer: 64 * 1024 * 1024 })).stdout;
  };
  const data = join(directory, 'data');
  await call('initdb', '-D', data, '-U', USER, '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C');

  const port = await freePort();
  const start = () =>
    startProcess({
      name: 'PostgreSQL',
      command: join(programs, 'postgres'),
      args: [
        ...['-D', data, '-p', String(port), '-k', directory, '-c', 'listen_addresses=127.0.0.1'],
        ...['-c', 'shared_buffers=32MB', '-c', 'logging_collector=off', '-c', 'lc_messages=C'],
      ],
      cwd: '/',
      place: { host: '127.0.0.1', enter },
      ready: { kind: 'line', matches: (line) => line.includes('ready to accept connections') },
    });
  let server: ManagedProcess | undefined = await start();
  const halt = async (how: 'stopped' | 'killed') => {
    // SIGINT asks for a fast shutdown; SIGQUIT lets it recover as after a crash.
    server?.signal(how === 'stopped' ? 'SIGINT' : 'SIGQUIT');
    await server?.exited;
    server = undefined;
  };
  const urlOf = (database: string) => `postgresql://${USER}@127.0.0.1:${port}/${database}`;
  const sql = async (text: string, database: string = USER) =>
    (await call('psql', '-X', '-At', '-v', 'ON_ERROR_STOP=1', urlOf(database), '-c', text)).trimEnd();
  return {
    url: urlOf(USER),
    port,
    halt,
    async resume() {
      server ??= await start();
    },
    sql,
    async dump() {
      const file = join(directory, 'archive.dump');
      await call('pg_dump', '--format=custom', `--file=${file}`, urlOf(USER));
      return file;
    },
    async restore(file, database) {
      await sql(`CREATE DATABASE ${database}`);
      await call('pg_restore', '--exit-on-error', `--dbname=${urlOf(database)}`, file);
      return urlOf(database);
    },
    async stop() {
      await halt('stopped');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
