import { startRedis } from '@x402-facilitator/tools/redis';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { openRedisChannelStore } from '../../src/redis/index.js';
import { createSqliteChannelStore } from '../../src/sqlite/index.js';
import { request, testChannel, view } from './support.js';

async function redisWith(options: Parameters<typeof startRedis>[0]) {
  const handle = await startRedis({ exclusive: true, ...options });
  const connection = new Redis(handle.url);
  onTestFinished(async () => {
    connection.disconnect();
    await handle.stop();
  });
  return { handle, connection };
}

it('refuses a Redis that answers before a write is on its disk, and says what was expected and found', async () => {
  const { connection } = await redisWith({ persistence: 'everysec' });
  await expect(openRedisChannelStore(connection)).rejects.toThrow(
    'expected Redis with appendfsync always, found appendfsync everysec',
  );
  await connection.call('CONFIG', 'SET', 'appendonly', 'no');
  await expect(openRedisChannelStore(connection)).rejects.toThrow(
    'expected Redis with appendonly yes, found appendonly no',
  );
});

it('refuses a Redis that drops vouchers when its memory is full', async () => {
  const { connection } = await redisWith({
    persistence: 'always',
    settings: { 'maxmemory-policy': 'allkeys-lru' },
  });
  await expect(openRedisChannelStore(connection)).rejects.toThrow('found allkeys-lru');
});

it('says what to do about a Redis that hides its settings', async () => {
  const { connection } = await redisWith({ persistence: 'always' });
  await connection.call('ACL', 'SETUSER', 'default', '-config');
  await expect(openRedisChannelStore(connection)).rejects.toThrow(
    /expected Redis to say its appendonly.*replicas: 1/,
  );
});

it('waits for replicas, and serves nothing that they do not have', async () => {
  const primary = await redisWith({ persistence: 'off', settings: { 'repl-diskless-sync-delay': '0' } });
  const hasty = { durability: { replicas: 1, timeoutMs: 300 } };
  await expect(openRedisChannelStore(primary.connection, hasty)).rejects.toThrow(
    'expected Redis with 1 connected replicas, found 0',
  );
  const { port } = new URL(primary.handle.url);
  const replica = await redisWith({ persistence: 'off', settings: { replicaof: `127.0.0.1 ${port}` } });
  await expect
    .poll(async () => String(await primary.connection.call('INFO', 'replication')))
    .toMatch(/state=online/);
  const patient = { durability: { replicas: 1, timeoutMs: 4_000 } };
  const store = await openRedisChannelStore(primary.connection, patient);
  const hastyStore = await openRedisChannelStore(primary.connection, hasty);
  const channel = testChannel(1);
  const first = request(channel, 0n, 10n, { view: view() });
  await store.reserve(first);
  const { channelId } = channel;
  await expect(store.commit({ channelId, holder: first.holder, charged: 10n })).resolves.toMatchObject({
    kind: 'committed',
  });
  await expect
    .poll(() => replica.connection.call('HGET', `{x402:channels:${channelId}}`, 'charged'))
    .toBe('10');
  const second = request(channel, 10n, 10n);
  await store.reserve(second);
  process.kill(replica.handle.pid ?? 0, 'SIGSTOP');
  try {
    await expect(hastyStore.commit({ channelId, holder: second.holder, charged: 20n })).rejects.toThrow(
      'expected 1 replicas of Redis to have the write in 300 ms, found 0',
    );
  } finally {
    process.kill(replica.handle.pid ?? 0, 'SIGCONT');
  }
  // The same commit again says what came of it.
  await expect
    .poll(async () => store.commit({ channelId, holder: second.holder, charged: 20n }).catch(() => undefined))
    .toMatchObject({ kind: 'committed', record: { charged: 20n } });
});

it('refuses a database without a file', () => {
  const database = { exec: () => undefined, pragma: () => 'memory', prepare: () => ({}) as never };
  expect(() => createSqliteChannelStore(database)).toThrow(
    'expected a file in journal_mode wal, found memory',
  );
});
