import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@x402-facilitator/tools/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect } from 'vitest';
import { type ChannelStore, createMemoryChannelStore } from '../../src/channels/index.js';
import { openRedisChannelStore } from '../../src/redis/index.js';
import { createSqliteChannelStore, type SqliteDatabase } from '../../src/sqlite/index.js';
import { answer, request, testChannel, view } from './support.js';

const Database = createRequire(import.meta.url)('better-sqlite3') as new (
  path: string,
) => SqliteDatabase & { close(): void };

let next = 0;
export const channel = () => {
  next += 1;
  return testChannel(next);
};
/** The store as two processes have it. */
export type Open = () => Promise<readonly [ChannelStore, ChannelStore]>;

/** The three stores. Call it once in a file, outside of its tests: Redis and files are that file's own. */
export function useStores(): readonly [string, Open][] {
  const file = join(tmpdir(), `x402-channels-${randomUUID()}.db`);
  let redis: Awaited<ReturnType<typeof startRedis>>;
  const connections: Redis[] = [];
  const databases: { close(): void }[] = [];
  const memory = createMemoryChannelStore();

  function connect(): Redis {
    const connection = new Redis(redis.url, { enableAutoPipelining: true });
    connections.push(connection);
    return connection;
  }
  function openFile() {
    const database = new Database(file);
    databases.push(database);
    return database;
  }

  beforeAll(async () => {
    redis = await startRedis({ exclusive: true, persistence: 'always' });
  }, 60_000);
  afterAll(async () => {
    for (const connection of connections) connection.disconnect();
    for (const database of databases) database.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    await redis?.stop();
  });

  return [
    ['in memory', async () => [memory, memory]],
    [
      'in Redis',
      async () => [await openRedisChannelStore(connect()), await openRedisChannelStore(connect())],
    ],
    ['in SQLite', async () => [createSqliteChannelStore(openFile()), createSqliteChannelStore(openFile())]],
  ];
}

/** A channel that was charged `charged` times 10. */
export async function charged(store: ChannelStore, times: number) {
  const it_ = channel();
  for (let at = 0n; at < BigInt(times); at += 1n) {
    const asked = request(it_, at * 10n, 10n, { view: view() });
    expect(await store.reserve(asked)).toMatchObject({ kind: 'reserved' });
    const { holder } = asked;
    const kept = { kept: answer(`${at}`), keepForMs: 60_000 };
    const { channelId } = it_;
    expect(await store.commit({ channelId, holder, charged: at * 10n + 10n, answer: kept })).toMatchObject({
      kind: 'committed',
    });
  }
  return it_;
}
