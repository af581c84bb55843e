import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  connectRedis,
  createRedisJournal,
  createWebhookStore,
  disconnectRedis,
  type RedisConnection,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { changeTo, claimOf, NETWORK, txHash } from '@x402-facilitator/journal/testing';
import type { Config } from '@x402-facilitator/shared/config';
import { startRedis } from '@x402-facilitator/tools/redis';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { secretOf, startWebhooks, writeSecret } from '../src/webhooks/index.js';

const SETTINGS = {
  enabled: true,
  masterSecret: 'm'.repeat(32),
  timeoutMs: 1_000,
  concurrency: 2,
  retry: { firstDelayMs: 100, longestDelayMs: 3_000, giveUpSeconds: 60 },
  maxWaiting: 1_000,
  allowHttp: true,
  allowPrivateNetworks: true,
};
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined } as never;

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: RedisConnection;
beforeAll(async () => {
  server = await startRedis();
  redis = connect();
});
beforeEach(() => redis.flushdb());
afterAll(async () => {
  await disconnectRedis(redis);
  await server.stop();
});
const connect = () =>
  connectRedis({
    settings: redisSettingsFromUrl(server.url),
    role: 'worker',
    name: 'webhook-turns',
    onError: () => undefined,
  });
const store = () => createWebhookStore({ redis });

/** A worker's part of webhooks, on a connection of its own, and what it counts. */
function startOne(settings: Partial<Config['webhooks']> = {}) {
  const own = connect();
  const counted: string[] = [];
  const webhooks = startWebhooks({
    settings: { ...SETTINGS, ...settings },
    redis: own,
    logger: silent,
    metrics: { watch: () => undefined, attempted: (outcome) => counted.push(outcome) },
    now: Date.now,
  });
  const stop = async () => {
    await webhooks?.stop(5_000);
    await disconnectRedis(own);
  };
  onTestFinished(stop);
  return { counted, stop };
}

async function listen(answer: RequestListener) {
  const http = createServer(answer);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
}

/** Settlements of a key that were confirmed just now. */
async function confirm(key: string, first: number, count: number) {
  const journal = createRedisJournal({ redis, policy: { webhookLimit: 1_000 } });
  for (let seed = first; seed < first + count; seed += 1) {
    await journal.claim(claimOf(seed, { keyName: key }));
    for (const to of ['submitting', 'submitted', 'included', 'confirmed'] as const)
      await journal.transition(changeTo(to, { txHash: txHash(seed) }));
  }
  return journal;
}

test('a receiver that hangs has its own connections, as many as it may, and keeps no other waiting', async () => {
  const open = { now: 0, most: 0 };
  const slow = { now: 0, most: 0, ids: new Set<string>() };
  const hanging = await listen((request) => {
    open.now += 1;
    open.most = Math.max(open.most, open.now);
    request.on('close', () => undefined);
    request.socket.on('close', () => {
      open.now -= 1;
    });
  });
  const healthy = await listen((request, response) => {
    slow.now += 1;
    slow.most = Math.max(slow.most, slow.now);
    request.resume();
    setTimeout(() => {
      slow.now -= 1;
      slow.ids.add(String(request.headers['webhook-id']));
      response.end();
    }, 20);
  });
  await store().set('hangs', hanging);
  await store().set('shop', healthy);
  await confirm('hangs', 1, 60);
  await confirm('shop', 100, 60);
  const startedMs = performance.now();
  // Two workers: the bound is of both together.
  startOne();
  startOne();
  await expect.poll(() => slow.ids.size).toBe(60);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect(slow.most).toBe(2);
  await expect.poll(() => open.most).toBe(2);
  const waiting = await store().find('hangs');
  expect(await store().counts(waiting?.id ?? '')).toEqual({ waiting: 60, dead: 0 });
  expect(open.most).toBe(2);
});

test('one settlement’s event that fails keeps no other settlement’s waiting', async () => {
  const bad = txHash(1);
  const got: string[] = [];
  const url = await listen(async (request, response) => {
    const { transaction } = JSON.parse(await text(request)).data;
    if (transaction !== bad) got.push(transaction);
    response.writeHead(transaction === bad ? 500 : 200).end();
  });
  await store().set('shop', url);
  await confirm('shop', 1, 20);
  const { counted } = startOne();
  await expect.poll(() => got.length).toBe(19);
  await expect.poll(() => counted.filter((it) => it === 'failed').length).toBeGreaterThan(2);
});

test('a Retry-After holds the whole endpoint back, once', async () => {
  const times: number[] = [];
  const url = await listen((request, response) => {
    request.resume();
    times.push(performance.now());
    if (times.length > 1) response.end();
    else response.writeHead(429, { 'retry-after': '2' }).end();
  });
  await store().set('shop', url);
  await confirm('shop', 1, 5);
  startOne({ concurrency: 1 });
  await expect.poll(() => times.length).toBe(6);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_900);
});

test('what is given up is kept, and comes with a replay; the next event of its settlement went on', async () => {
  let isHealthy = false;
  const got: string[] = [];
  const url = await listen((request, response) => {
    request.resume();
    if (isHealthy) got.push(String(request.headers['webhook-id']));
    response.writeHead(isHealthy ? 204 : 500).end();
  });
  await store().set('shop', url);
  const journal = await confirm('shop', 1, 1);
  const { counted } = startOne({ retry: { firstDelayMs: 50, longestDelayMs: 200, giveUpSeconds: 1 } });
  await expect.poll(() => counted.at(-1)).toBe('dead');
  const { id = '' } = (await store().find('shop')) ?? {};
  const [given] = await store().dead(id);
  expect(given?.event).toMatchObject({ type: 'settlement.confirmed', txHash: txHash(1) });
  isHealthy = true;
  await journal.transition(changeTo('submitted', { txHash: txHash(1) }));
  await expect.poll(() => got.length).toBe(1);
  expect(await store().revive('shop', 10)).toEqual({ revived: 1, left: 0 });
  await expect.poll(() => got.length).toBe(2);
  expect(got[1]).toBe(given?.event.id);
  expect(await journal.replay(NETWORK, txHash(1))).toEqual({ kind: 'not-ended' });
});

test('an event that this version cannot read waits for one that can, and keeps no other waiting', async () => {
  const got: string[] = [];
  const url = await listen((request, response) => {
    request.resume();
    got.push(String(request.headers['webhook-id']));
    response.end();
  });
  await store().set('shop', url);
  const { id = '' } = (await store().find('shop')) ?? {};
  await confirm('shop', 1, 3);
  const [newer, garbage] = [1, 2].map((seed) => `{x402}:webhooks:lane:${id}:${NETWORK} ${txHash(seed)}`);
  const stored = await redis.lindex(newer ?? '', 0);
  await redis.lset(newer ?? '', 0, (stored ?? '').replace('settlement.confirmed', 'settlement.of_tomorrow'));
  await redis.lset(garbage ?? '', 0, 'not JSON');
  const { counted } = startOne();
  await expect.poll(() => counted.filter((it) => it === 'failed').length).toBeGreaterThan(2);
  expect(got).toHaveLength(1);
  await redis.lset(newer ?? '', 0, stored ?? '');
  await expect.poll(() => got.length).toBe(2);
});

test('while the master secret changes, sellers verify by what the old one makes and by what the new one makes, and later by the new one alone', async () => {
  const got: { readonly headers: Record<string, string>; readonly body: string }[] = [];
  const url = await listen(async (request, response) => {
    got.push({ headers: request.headers as Record<string, string>, body: await text(request) });
    response.end();
  });
  await store().set('shop', url);
  const { id = '', salt = '' } = (await store().find('shop')) ?? {};
  const [old, young] = ['o', 'y'].map((letter) => letter.repeat(32));
  const isGood = (master: string | undefined, event: (typeof got)[number] | undefined) => {
    const webhook = new Webhook(writeSecret(secretOf(master ?? '', id, salt)));
    try {
      return webhook.verify(event?.body ?? '', event?.headers ?? {}) !== undefined;
    } catch (error) {
      expect(error).toBeInstanceOf(WebhookVerificationError);
      return false;
    }
  };
  const changing = startOne({ masterSecret: young, previousMasterSecret: old });
  await confirm('shop', 1, 1);
  await expect.poll(() => got.length).toBe(1);
  await changing.stop();
  startOne({ masterSecret: young });
  await confirm('shop', 2, 1);
  await expect.poll(() => got.length).toBe(2);
  expect(got.map((event) => [isGood(old, event), isGood(young, event)])).toEqual([
    [true, true],
    [false, true],
  ]);
});
