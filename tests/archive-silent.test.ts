import { type Archive, ArchiveUnavailableError, openArchive } from '@x402-facilitator/archive';
import { entryOf, txHash } from '@x402-facilitator/archive/testing';
import { findPostgres, startPostgres } from '@x402-facilitator/tools/postgres';
import { expect, onTestFinished, test } from 'vitest';
import { startTcpProxy } from './support/tcp-proxy.js';

const TIMEOUT_MS = 2_000;
const NOW_MS = 1_800_000_000_000;
const NETWORKS = ['cardano:preview'] as const;

const programs = await findPostgres();

/** A PostgreSQL behind a proxy whose open connections can fall silent, as where its machine is gone and another took its address. */
async function openBehindProxy(): Promise<{ readonly archive: Archive; silence(): void }> {
  const postgres = await startPostgres(programs ?? '');
  onTestFinished(() => postgres.stop());
  let generation = 0;
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: postgres.port }, (caller, target) => {
    const own = generation;
    caller.on('data', (bytes) => own === generation && target.write(bytes));
    target.on('data', (bytes) => own === generation && caller.write(bytes));
  });
  onTestFinished(proxy.close);
  const url = new URL(postgres.url);
  url.port = String(proxy.port);
  const options = { isReader: false, timeoutMs: TIMEOUT_MS, connections: 2, name: 'x402-test' };
  const archive = await openArchive({ ...options, url: url.href });
  onTestFinished(() => archive.close());
  return {
    archive,
    silence() {
      generation += 1;
    },
  };
}

test.skipIf(programs === undefined)(
  'a database that falls silent is refused in time, and the next call reaches what took its place',
  async () => {
    const { archive, silence } = await openBehindProxy();
    await archive.migrate();
    expect(await archive.write([entryOf(1)], NOW_MS)).toEqual([{ kind: 'written' }]);
    const find = () => archive.find(NETWORKS, txHash(1));
    // As many as it may have connections: each of them falls silent.
    expect(await Promise.all([find(), find()])).toMatchObject([{}, {}]);
    silence();
    const refused = await Promise.allSettled([find(), find()]);
    expect(refused.map((it) => it.status === 'rejected' && it.reason)).toEqual([
      expect.any(ArchiveUnavailableError),
      expect.any(ArchiveUnavailableError),
    ]);
    expect(await Promise.all([find(), find()])).toMatchObject([{}, {}]);
    silence();
    const write = archive.write([entryOf(2)], NOW_MS);
    expect(await Promise.allSettled([write, find()])).toMatchObject([
      { status: 'rejected' },
      { status: 'rejected' },
    ]);
    expect(await archive.write([entryOf(2)], NOW_MS)).toEqual([{ kind: 'written' }]);
  },
);
