import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  openAcknowledgedWrites,
  redisSettingsFromUrl,
  watchRedis,
} from '@x402-facilitator/journal';
import { freePort, startProcess } from '@x402-facilitator/tools/processes';
import { makeRedisCertificates, startRedis } from '@x402-facilitator/tools/redis';
import { expect, onTestFinished, test } from 'vitest';
import type { RedisSettings } from '../../src/redis/settings.js';
import { claimOf, NETWORK, present, txHash } from '../support/harness.js';

const PASSWORD = 'of the servers';
const SENTINEL_PASSWORD = 'of the sentinels';

async function directory() {
  const path = await mkdtemp(join(tmpdir(), 'x402-production-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

function connect(settings: RedisSettings, role: 'producer' | 'worker' = 'producer') {
  const redis = connectRedis({ settings, role, name: 'production-test', onError: () => undefined });
  onTestFinished(() => disconnectRedis(redis));
  return redis;
}

/** A primary, two replicas and three sentinels, all with passwords. */
async function startSentinels() {
  const servers = await Promise.all(
    Array.from({ length: 3 }, () =>
      startRedis({
        exclusive: true,
        persistence: 'always',
        password: PASSWORD,
        settings: { masterauth: PASSWORD, 'repl-diskless-sync-delay': '0' },
      }),
    ),
  );
  for (const { stop } of servers) onTestFinished(stop);
  const nodes = servers.map(({ url, pid }) => ({ ...redisSettingsFromUrl(url), pid }));
  const [primary, ...replicas] = nodes;
  if (primary === undefined) throw new Error('expected a primary');
  for (const settings of replicas) await connect(settings, 'worker').replicaof('127.0.0.1', primary.port);
  const admin = connect(primary, 'worker');
  await expect
    .poll(() => admin.info('replication'))
    .toSatisfy((info: string) => [...info.matchAll(/state=online/g)].length === 2);

  const sentinels = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const port = await freePort();
      const file = join(await directory(), 'sentinel.conf');
      await writeFile(
        file,
        [
          `port ${port}`,
          'bind 127.0.0.1',
          `requirepass "${SENTINEL_PASSWORD}"`,
          `sentinel monitor payments 127.0.0.1 ${primary.port} 2`,
          `sentinel auth-pass payments "${PASSWORD}"`,
          'sentinel down-after-milliseconds payments 1000',
          'sentinel failover-timeout payments 5000',
        ].join('\n'),
      );
      const sentinel = await startProcess({
        name: 'sentinel',
        command: 'redis-server',
        args: [file, '--sentinel'],
        ready: { kind: 'line', matches: (line) => line.includes('+monitor') },
        readyTimeoutMs: 20_000,
      });
      onTestFinished(async () => void (await sentinel.stop(5_000)));
      return { host: '127.0.0.1', port };
    }),
  );
  const known = connect({ ...(sentinels[0] ?? primary), password: SENTINEL_PASSWORD }, 'worker');
  await expect
    .poll(async () => String(await known.call('SENTINEL', 'CKQUORUM', 'payments').catch(() => '')))
    .toContain('3 usable Sentinels');
  await expect
    .poll(async () => ((await known.call('SENTINEL', 'REPLICAS', 'payments')) as unknown[]).length)
    .toBe(2);
  const settings: RedisSettings = {
    host: 'unused',
    port: 1,
    password: PASSWORD,
    sentinels,
    sentinelMaster: 'payments',
    sentinelPassword: SENTINEL_PASSWORD,
  };
  return { settings, primary };
}

test('behind sentinels with a password, a fail-over under load loses no acknowledged claim and work goes on', async () => {
  const { settings, primary } = await startSentinels();
  const redis = connect(settings);
  await expect.poll(() => redis.status).toBe('ready');
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const watch = watchRedis({ redis, env: 'production', log });
  onTestFinished(watch.stop);
  await watch.durable;
  // Two replicas may be promoted, and both must acknowledge.
  const open = (replicas: number) => {
    const onError = () => undefined;
    const acknowledged = openAcknowledgedWrites({
      settings,
      name: 'test',
      replicas,
      timeoutMs: 500,
      onError,
    });
    onTestFinished(acknowledged.close);
    return createRedisJournal({ redis, acknowledged });
  };
  const careful = open(2);
  const claimed: number[] = [];
  await expect
    .poll(() =>
      careful.claim(claimOf(1)).then(
        ({ kind }) => kind,
        () => undefined,
      ),
    )
    .toMatch(/claimed|joined/);

  let isDone = false;
  const customer = async (first: number) => {
    for (let seed = first; !isDone; seed += 5) {
      const kind = await careful.claim(claimOf(seed)).then(
        (outcome) => outcome.kind,
        () => undefined,
      );
      if (kind === 'claimed' || kind === 'joined') claimed.push(seed);
      if (kind === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const customers = Array.from({ length: 5 }, (_, index) => customer(index + 10));
  await expect.poll(() => claimed.length).toBeGreaterThan(50);
  if (primary.pid === undefined) throw new Error('expected a server of our own');
  process.kill(primary.pid, 'SIGKILL');
  // One replica is left, so a journal that asks for one goes on, and one that asks for two refuses.
  const modest = open(1);
  await expect
    .poll(() =>
      modest.claim(claimOf(2)).then(
        ({ kind }) => kind,
        () => undefined,
      ),
    )
    .toMatch(/claimed|joined/);
  isDone = true;
  await Promise.all(customers);
  await expect
    .poll(() => careful.claim(claimOf(3)).catch(({ name }: Error) => name))
    .toBe('SettlementNotReplicatedError');
  await expect.poll(() => redis.status).toBe('ready');
  for (const seed of claimed) expect(present(await careful.read(NETWORK, txHash(seed))).state).toBe('queued');
  expect(await watch.look()).toBeUndefined();
});

test('the wrong password of the sentinels connects to nothing', async () => {
  const { settings } = await startSentinels();
  const redis = connect({ ...settings, sentinelPassword: 'wrong' });
  await expect(redis.get('key')).rejects.toThrow();
  expect(redis.status).not.toBe('ready');
});

async function expectNoConnection(settings: RedisSettings) {
  const errors: string[] = [];
  const onError = ({ message }: Error) => void errors.push(message);
  const stranger = connectRedis({ settings, role: 'producer', name: 'stranger', onError });
  onTestFinished(() => disconnectRedis(stranger));
  await expect.poll(() => errors.length).toBeGreaterThan(0);
  await expect(stranger.ping()).rejects.toThrow();
}

test('TLS with client certificates: with one it connects, without one it does not', async () => {
  const { server: settings, client, stranger } = makeRedisCertificates(await directory());
  const port = await freePort();
  const server = await startRedis({ exclusive: true, settings: { 'tls-port': String(port), ...settings } });
  onTestFinished(server.stop);
  const certified = connect({ host: '127.0.0.1', port, tls: client });
  await expect.poll(() => certified.status).toBe('ready');
  expect(await certified.ping()).toBe('PONG');
  await expectNoConnection({ host: '127.0.0.1', port, tls: stranger });
});

test('sentinels that speak TLS too: the primary is found with the certificate, and not without it or in plain', async () => {
  const { server: settings, client, stranger } = makeRedisCertificates(await directory());
  const [port, sentinelPort] = [await freePort(), await freePort()];
  const server = await startRedis({ exclusive: true, settings: { 'tls-port': String(port), ...settings } });
  onTestFinished(server.stop);
  const file = join(await directory(), 'sentinel.conf');
  const lines = [
    'port 0',
    `tls-port ${sentinelPort}`,
    'bind 127.0.0.1',
    ...Object.entries(settings).map(([name, value]) => `${name} ${value}`),
    `sentinel monitor payments 127.0.0.1 ${port} 1`,
  ];
  await writeFile(file, lines.join('\n'));
  const sentinel = await startProcess({
    name: 'sentinel',
    command: 'redis-server',
    args: [file, '--sentinel'],
    ready: { kind: 'line', matches: (line) => line.includes('+monitor') },
  });
  onTestFinished(async () => void (await sentinel.stop(5_000)));
  const found = {
    host: 'unused',
    port: 1,
    sentinels: [{ host: '127.0.0.1', port: sentinelPort }],
    sentinelMaster: 'payments',
    sentinelTls: true,
    tls: client,
  };
  const redis = connect(found);
  await expect.poll(() => redis.status).toBe('ready');
  expect(await redis.ping()).toBe('PONG');
  await expectNoConnection({ ...found, tls: stranger });
  await expectNoConnection({ ...found, sentinelTls: false });
});

test('a node of a cluster is refused at the start, and a key of another node is no fault of ours', async () => {
  const server = await startRedis({
    exclusive: true,
    persistence: 'always',
    settings: { 'cluster-enabled': 'yes' },
  });
  onTestFinished(server.stop);
  const redis = connect(redisSettingsFromUrl(server.url));
  await expect.poll(() => redis.status).toBe('ready');
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const production = watchRedis({ redis, env: 'production', log });
  onTestFinished(production.stop);
  await expect(production.durable).rejects.toThrow('cluster-enabled is yes, expected no');
  const development = watchRedis({ redis, env: 'development', log });
  onTestFinished(development.stop);
  expect(await development.look()).toMatchObject({ refusal: 'CLUSTERDOWN' });
});
