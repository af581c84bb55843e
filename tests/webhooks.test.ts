import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectRedis,
  createWebhookStore,
  disconnectRedis,
  type RedisConnection,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { settlementEventSchema } from '@x402-facilitator/shared/wire';
import {
  freePort,
  guardDirectory,
  LOOPBACK,
  type ManagedProcess,
  startProcess,
  waitUntil,
} from '@x402-facilitator/tools/processes';
import { baseEnvironment, fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { get, post, signPayment } from './support/facilitator.js';
import { runOps } from './support/ops.js';
import { replica, useStack } from './support/use-stack.js';

const MASTER_SECRET = 'a-master-secret-of-this-test-alone-0123456789';
const HEADERS = { authorization: 'Bearer shop-key', prefer: 'respond-async' };
/** The default schedule, 720 times as fast: an hour is 5 seconds, and a day is two minutes. */
const HOUR_MS = 5_000;
const RETRY = { firstDelayMs: 10, longestDelayMs: HOUR_MS, giveUpSeconds: 120 };

const settings = {
  X402_SECURITY__API_KEYS: JSON.stringify([
    { name: 'shop', sha256: createHash('sha256').update('shop-key').digest('hex') },
  ]),
  X402_CHAIN__FOLLOWER__STABILITY_WINDOW_SECONDS: '4',
  X402_WEBHOOKS__ENABLED: 'true',
  X402_WEBHOOKS__MASTER_SECRET: MASTER_SECRET,
  X402_WEBHOOKS__TIMEOUT_MS: '2000',
  X402_WEBHOOKS__RETRY: JSON.stringify(RETRY),
  X402_WEBHOOKS__ALLOW_HTTP: 'true',
  X402_WEBHOOKS__ALLOW_PRIVATE_NETWORKS: 'true',
};
const stack = useStack({ blockMs: 0, workers: 2, paywall: false, settings });
const ops = (...args: readonly string[]) => runOps(stack().settings, ...args);
const statusOf = async (transaction: string) =>
  (await get(`${replica(stack().apis).url}/status/${transaction}`)).body;
let redis: RedisConnection;
beforeAll(() => {
  redis = connectRedis({
    settings: redisSettingsFromUrl(stack().redis.url),
    role: 'worker',
    name: 'webhooks-test',
    onError: () => undefined,
  });
});
afterAll(() => disconnectRedis(redis));
const store = () => createWebhookStore({ redis });
const receivers: ManagedProcess[] = [];
afterAll(() => Promise.all(receivers.map((it) => it.stop())));

type Received = {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: object;
};

/** The receiver of examples/webhooks, as a seller runs it. */
async function startReceiver(port: number, secret: string, directory: string): Promise<ManagedProcess> {
  const receiver = await startProcess({
    name: 'receiver',
    command: process.execPath,
    args: [join(ROOT, 'examples/webhooks/dist/main.js')],
    place: LOOPBACK,
    cwd: directory,
    env: { ...baseEnvironment(), WEBHOOK_SECRET: secret, PORT: String(port) },
    logFile: join(directory, 'receiver.log'),
    ready: { kind: 'line', matches: (line) => line.startsWith('listening on') },
  });
  receivers.push(receiver);
  return receiver;
}

function receivedIn(directory: string): readonly Received[] {
  const file = join(directory, 'events.ndjson');
  return readFileSync(file, { encoding: 'utf8', flag: 'a+' })
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

test('a receiver that was down for an hour gets every event, signed and in order per settlement, though workers were killed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'x402-webhooks-'));
  guardDirectory(directory);
  const port = await freePort();
  const set = await ops('webhooks', 'set', 'shop', `http://127.0.0.1:${port}/hooks`);
  expect(set).toMatchObject({ code: 0, err: '' });
  const secret = /^whsec_[\w+/]{43}=$/m.exec(set.out)?.[0] ?? '';

  const payer = await fundPayer(stack(), { outputs: 6 });
  const transactions: string[] = [];
  const settle = async () => {
    const { request, transaction } = await signPayment(stack(), payer);
    await post(`${replica(stack().apis).url}/settle`, request, HEADERS);
    transactions.push(transaction);
  };
  const all = (state: string) =>
    waitUntil(async () => (await Promise.all(transactions.map(statusOf))).every((it) => it.state === state), {
      what: `all to be ${state}`,
    });
  const downAtMs = performance.now();
  for (let count = 0; count < 4; count += 1) await settle();
  await all('submitted');
  await stack().control.forge(2);
  await all('confirmed');
  // A rollback takes all of them back; a worker dies over it.
  await stack().control.rollback(2, 'return');
  await all('submitted');
  replica(stack().workers, 0).process.signal('SIGKILL');
  await stack().control.forge(2);
  await all('confirmed');
  replica(stack().workers, 1).process.signal('SIGKILL');
  await stack().startWorker();
  await waitUntil(async () => performance.now() - downAtMs > HOUR_MS, { what: 'an hour to pass' });
  const shown = JSON.parse((await ops('webhooks', 'show', 'shop', '--json')).out);
  expect(shown).toMatchObject({ key: 'shop', dead: 0, dropped: 0, deliveredAt: null });
  expect(shown.problem).toMatch(/ECONNREFUSED/);
  expect(shown.waiting).toBeGreaterThanOrEqual(12);

  const receiver = await startReceiver(port, secret, directory);
  await expect
    .poll(() => receivedIn(directory).filter(({ type }) => type === 'settlement.final').length, {
      timeout: 30_000,
    })
    .toBe(4);
  const received = receivedIn(directory);
  for (const { id: _id, ...event } of received) expect(settlementEventSchema.parse(event)).toEqual(event);
  for (const transaction of transactions) {
    const own = received.filter(({ data }) => 'transaction' in data && data.transaction === transaction);
    expect(own.map(({ type }) => type)).toEqual([
      'settlement.confirmed',
      'settlement.rolled_back',
      'settlement.confirmed',
      'settlement.final',
    ]);
    expect(new Set(own.map(({ id }) => id)).size).toBe(4);
    expect(own.map(({ data }) => 'state' in data && data.state)).toEqual([
      'confirmed',
      'submitted',
      'confirmed',
      'confirmed',
    ]);
    expect(own.at(-1)?.data).toEqual(await statusOf(transaction));
  }
  expect(received).toHaveLength(16);

  // A receiver that starts again knows what it has, and a replay has the ids that the events had.
  await receiver.stop();
  const again = await startReceiver(port, secret, directory);
  const replayed = await ops('webhooks', 'replay', transactions[0] ?? '');
  expect(replayed).toMatchObject({ code: 0, out: `${transactions[0]}: is sent once more\n` });
  expect(await ops('webhooks', 'replay', '--key', 'shop', '--since', '1h')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^shop: \d settlements are sent once more, \d wait already\n$/),
  });
  await expect.poll(async () => (await store().backlog()).waiting).toBe(0);
  expect(receivedIn(directory)).toHaveLength(16);
  const counted = await (await fetch(`${replica(stack().workers, 2).url}/metrics`)).text();
  expect(counted).toMatch(/^webhook_attempts_total\{outcome="delivered"\} [1-9]/m);
  expect(counted).toMatch(/^webhook_events_waiting 0$/m);

  // While it rotates, both secrets sign; then only the new one does.
  const rotated = await ops('webhooks', 'rotate', 'shop');
  expect(rotated.out).toMatch(/^whsec_\S+\nthe last secret signs too until 20/);
  expect(rotated.out).not.toContain(secret);
  expect(await ops('webhooks', 'test', 'shop')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^shop: delivered evt_\w+\n$/),
  });
  const [newSecret = ''] = rotated.out.split('\n');
  expect((await ops('webhooks', 'rotate', 'shop', '--overlap', '0s')).out).toContain('no longer signs');
  expect(await ops('webhooks', 'test', 'shop')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/was not delivered: status 401/),
  });
  const [last = ''] = (await ops('webhooks', 'show', 'shop', '--secret')).out.match(/whsec_\S+/) ?? [];
  await again.stop();
  await startReceiver(port, last, directory);
  expect((await ops('webhooks', 'test', 'shop')).code).toBe(0);

  // Neither what signs nor what was sent is in a log or in Redis.
  const secrets = [secret, newSecret, last].map((it) => it.slice('whsec_'.length));
  const logs = readdirSync(stack().logDirectory).map((name) =>
    readFileSync(join(stack().logDirectory, name), 'utf8'),
  );
  const endpoints = await Promise.all(
    (await redis.keys('*webhooks:endpoint*')).map((key) => redis.hgetall(key)),
  );
  expect(endpoints).toHaveLength(1);
  for (const found of [...logs, JSON.stringify(endpoints)])
    for (const hidden of [
      ...secrets,
      ...secrets.map((it) => Buffer.from(it, 'base64').toString('hex')),
      MASTER_SECRET,
    ])
      expect(found.includes(hidden)).toBe(false);
  expect(logs.join('')).not.toContain('"rolled_back","timestamp"');
  expect(await ops('webhooks', 'remove', 'shop')).toMatchObject({ code: 0, err: '' });
  expect((await ops('webhooks', 'list')).out).toBe('no key has an endpoint\n');
});

test('an endpoint that hangs or answers 410 keeps no other waiting, and a redirect leads nowhere', async () => {
  const inner = await listenFor(() => 200);
  const moved = await listenFor(() => 307, { location: `${inner.url}/inner` });
  const gone = await listenFor(() => 410);
  const hanging = await listenFor(() => undefined);
  for (const [key, { url }] of Object.entries({ hanging, gone, moved })) await store().set(key, `${url}/`);

  const results = await Promise.all(['hanging', 'moved', 'gone'].map((key) => ops('webhooks', 'test', key)));
  expect(results).toMatchObject([
    { code: 1, err: expect.stringContaining('no answer within 2000 ms') },
    { code: 1, err: expect.stringContaining('status 307') },
    { code: 1, err: expect.stringContaining('status 410') },
  ]);
  expect(inner.count()).toBe(0);
  expect((await ops('webhooks', 'list')).out).toMatch(/^gone .*; stopped$/m);
  expect(await ops('webhooks', 'test', 'gone')).toMatchObject({
    code: 1,
    err: expect.stringContaining('the endpoint is stopped'),
  });
  expect(await ops('webhooks', 'set', 'gone', `${inner.url}/`)).toMatchObject({ code: 0 });
  expect(await ops('webhooks', 'test', 'gone')).toMatchObject({ code: 0 });
  expect((await ops('webhooks', 'replay', '--key', 'gone')).code).toBe(2);
  expect((await ops('webhooks', 'show', 'nobody')).code).toBe(1);
  expect((await ops('webhooks', 'dead', 'gone')).out).toBe('gone: no event was given up\n');
});

/** A server that counts its requests, and answers them with a status, or never. */
async function listenFor(status: () => number | undefined, headers: Readonly<Record<string, string>> = {}) {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume();
    const answer = status();
    if (answer !== undefined) response.writeHead(answer, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => requests };
}
