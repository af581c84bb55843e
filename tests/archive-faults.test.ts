import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Archive, ArchiveUnavailableError, openArchive } from '@x402-facilitator/archive';
import { entryOf, txHash } from '@x402-facilitator/archive/testing';
import { findPostgres, type PostgresHandle, startPostgres } from '@x402-facilitator/tools/postgres';
import { guardDirectory } from '@x402-facilitator/tools/processes';
import { startStack } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startSlowProxy } from './archive/slow-proxy.js';
import { findDisks } from './chaos/means.js';
import { meansOrSkip } from './support/or-skip.js';

const NETWORKS = ['cardano:preview'] as const;
const run = promisify(execFile);
const opening = { timeoutMs: 5_000, connections: 2, name: 'faults' };

const directory = await mkdtemp(join(tmpdir(), 'x402-archive-disk-'));
guardDirectory(directory);
const disks = meansOrSkip(await findDisks(directory));
const disk = (await disks?.mount('archive')) ?? directory;
afterAll(async () => {
  await disks?.close();
  await rm(directory, { recursive: true });
});

describe.skipIf(disks === undefined)('a SQLite file', () => {
  const batch = (first: number) => Array.from({ length: 50 }, (_, place) => entryOf(first + place));

  it('on a disk that is full, or that may only be read, says so, and takes each once afterwards', async () => {
    const archive = await openArchive({
      ...opening,
      url: `sqlite:${join(disk, 'archive.db')}`,
      isReader: false,
    });
    onTestFinished(() => archive.close());
    await archive.migrate();
    await archive.write(batch(0), 1);
    const makeRoom = await disks?.fill('archive');
    const full = archive.write(batch(1_000), 1);
    await expect(full).rejects.toThrow(ArchiveUnavailableError);
    await expect(full).rejects.toThrow(/full/);
    // What is there is read, and nothing of the batch is.
    expect(await archive.find(NETWORKS, txHash(1))).toBeDefined();
    expect(await archive.find(NETWORKS, txHash(1_000))).toBeUndefined();
    await makeRoom?.();
    const kinds = async () => new Set((await archive.write(batch(1_000), 1)).map(({ kind }) => kind));
    expect(await kinds()).toEqual(new Set(['written']));
    expect(await kinds()).toEqual(new Set(['known']));
    await archive.close();

    await run('mount', ['-o', 'remount,ro', disk]);
    const readOnly = await openArchive({
      ...opening,
      url: `sqlite:${join(disk, 'archive.db')}`,
      isReader: false,
    });
    try {
      await expect(readOnly.write(batch(2_000), 1)).rejects.toThrow(ArchiveUnavailableError);
    } finally {
      await run('mount', ['-o', 'remount,rw', disk]);
      await readOnly.close();
    }
  });
});

const programs = await findPostgres();

describe.skipIf(programs === undefined)('a PostgreSQL', () => {
  let postgres: PostgresHandle;
  let owner: Archive;
  beforeAll(async () => {
    postgres = await startPostgres(programs ?? '');
    owner = await openArchive({ ...opening, url: postgres.url, isReader: false });
  });
  afterAll(async () => {
    await owner?.close();
    await postgres?.stop();
  });
  const as = async (role: string, isReader = false) => {
    const url = postgres.url.replace('postgres@', `${role}@`);
    const archive = await openArchive({ ...opening, url, isReader });
    onTestFinished(() => archive.close());
    return archive;
  };

  it('whose tables are older keeps a worker from starting, and says why', async () => {
    const stack = await startStack({ apis: 0, workers: 0, paywall: false, blockMs: 0 });
    onTestFinished(() => stack.stop());
    const start = stack.startWorker({ X402_ARCHIVE__URL: postgres.url });
    await expect(start).rejects.toThrow(/the archive lacks 0001-settlements: run `ops migrate` first/);
    await owner.migrate();
    expect((await stack.startWorker({ X402_ARCHIVE__URL: postgres.url })).process.isRunning()).toBe(true);
  });

  it('serves each tier by a role with no more rights than docs/archive.md gives it', async () => {
    await postgres.sql(`
      CREATE ROLE x402_worker LOGIN; CREATE ROLE x402_api LOGIN;
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO x402_worker, x402_api;
      GRANT INSERT ON x402_settlements TO x402_worker;`);
    const [worker, api] = [await as('x402_worker'), await as('x402_api', true)];
    await worker.check();
    await api.check();
    expect(await worker.write([entryOf(1)], 1)).toEqual([{ kind: 'written' }]);
    expect(await worker.write([entryOf(1)], 1)).toEqual([{ kind: 'known' }]);
    expect(await api.find(NETWORKS, txHash(1))).toBeDefined();
    const forbidden = [
      () => worker.erase('addr_test1payer', 1),
      () => worker.prune(2e12),
      () => api.write([entryOf(2)], 1),
    ];
    for (const attempt of forbidden) await expect(attempt()).rejects.toThrow(/permission denied|read-only/);
    await postgres.sql(`
      GRANT DELETE ON x402_settlements TO x402_worker;
      GRANT INSERT, UPDATE ON x402_pruning TO x402_worker;`);
    expect(await worker.prune(2e12)).toBe(1);
  });

  it('that is slow is waited for by writers, and given up by readers, and writes each once', async () => {
    const proxy = await startSlowProxy(postgres.port);
    onTestFinished(() => proxy.close());
    const url = postgres.url.replace(`:${postgres.port}/`, `:${proxy.port}/`);
    const writer = await openArchive({ ...opening, timeoutMs: 10_000, url, isReader: false });
    const reader = await openArchive({ ...opening, timeoutMs: 100, url, isReader: true });
    onTestFinished(async () => {
      await writer.close();
      await reader.close();
    });
    proxy.delay(300);
    expect(await writer.write([entryOf(10)], 1)).toEqual([{ kind: 'written' }]);
    await expect(reader.find(NETWORKS, txHash(10))).rejects.toThrow(ArchiveUnavailableError);
    // A writer that gives up does not know whether it was written: it is, once.
    const hasty = await openArchive({ ...opening, timeoutMs: 700, url, isReader: false });
    onTestFinished(() => hasty.close());
    await hasty.write([entryOf(11)], 1).catch(() => undefined);
    proxy.delay(0);
    await expect
      .poll(async () => (await hasty.write([entryOf(11)], 1).catch(() => []))[0]?.kind)
      .toMatch(/written|known/);
    expect(
      await postgres.sql(`SELECT count(*) FROM x402_settlements WHERE transaction_id = '${txHash(11)}'`),
    ).toBe('1');
  });
});
