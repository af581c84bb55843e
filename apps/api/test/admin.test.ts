import { createHash } from 'node:crypto';
import { createRedisJournal, createSubmitQueue, openSubmitQueue } from '@x402-facilitator/journal';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Harness, NETWORK, startHarness, transactionIn } from './support/harness.js';
import { post, send } from './support/requests.js';
import { type RunningApi, startApi } from './support/start-api.js';

const KEY = 'the-admin-key';
const admin = {
  X402_ADMIN__API_KEY: JSON.stringify({
    name: 'operator',
    sha256: createHash('sha256').update(KEY).digest('hex'),
  }),
};
const basic = (password: string) => ({
  authorization: `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}`,
});
const bearer = { authorization: `Bearer ${KEY}` };

let harness: Harness;
let api: RunningApi;

beforeAll(async () => {
  harness = await startHarness();
  api = await harness.startApi(admin);
});

afterAll(() => harness.close());

const board = (path = '', headers: Record<string, string> = bearer, method = 'GET') =>
  fetch(`${api.url}/admin/queues${path}`, { headers, method });

describe('/admin/queues', () => {
  test('does not exist without an admin key in the configuration', async () => {
    const open = await harness.startApi();
    for (const path of ['', '/', '/api/queues', '/static/favicon.ico'])
      expect([path, (await fetch(`${open.url}/admin/queues${path}`, { headers: bearer })).status]).toEqual([
        path,
        404,
      ]);
  });

  test.each([
    ['HTTP Basic, whatever the user name', basic(KEY)],
    ['bearer token', bearer],
    ['x-api-key', { 'x-api-key': KEY }],
  ])('opens with the key as %s, and names its holder in the log', async (_how, headers) => {
    const response = await board('', headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toContain('<title>x402 facilitator</title>');
    await expect.poll(() => api.log.some(({ caller }) => caller === 'operator')).toBe(true);
  });

  test('shows each queue with its jobs, and of a job no more than which settlement it is', async () => {
    const { body } = await post(`${api.url}/settle`, await harness.pay(), { prefer: 'respond-async' });
    const transaction = transactionIn(body);
    const shown = await board('/api/queues?activeQueue=submit-preview&status=waiting&page=1&jobsPerPage=10');
    expect(shown.status).toBe(200);
    const { queues } = (await shown.json()) as { queues: { jobs: Record<string, unknown>[] }[] };
    expect(queues).toMatchObject([{ name: 'submit-preview', readOnlyMode: true, counts: { waiting: 1 } }]);
    const [job] = queues[0]?.jobs ?? [];
    expect(job).toMatchObject({ id: transaction, externalUrl: { href: `/status/${transaction}` } });
    const { traceparent: _trace, ...data } = (job?.data ?? {}) as Record<string, unknown>;
    expect(data).toEqual({ network: NETWORK, transaction });
  });

  test('has no way to change anything', async () => {
    const { body } = await post(`${api.url}/settle`, await harness.pay(), { prefer: 'respond-async' });
    const transaction = transactionIn(body);
    for (const [method, path] of [
      ['PUT', `/api/queues/submit-preview/${transaction}/clean`],
      ['PUT', `/api/queues/submit-preview/${transaction}/retry/failed`],
      ['PUT', '/api/queues/submit-preview/pause'],
      ['PUT', '/api/queues/submit-preview/empty'],
      ['PUT', '/api/queues/submit-preview/obliterate'],
      ['POST', '/api/queues/submit-preview/add'],
      ['PATCH', `/api/queues/submit-preview/${transaction}/update-data`],
    ])
      expect([method, path, (await board(path, bearer, method)).status]).toEqual([method, path, 404]);
    const queue = createSubmitQueue({ network: NETWORK, redis: harness.redis, onError: () => undefined });
    expect(await queue.jobState(transaction)).toBe('waiting');
    expect(await queue.isPaused()).toBe(false);
    await queue.close();
  });

  test('asks for nothing from elsewhere, and runs nothing but its own scripts', async () => {
    const response = await board();
    const html = await response.text();
    expect(html).not.toMatch(/(?:href|src)="https?:/);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    for (const [, path] of html.matchAll(/(?:src|href)="(static\/[^"]+)"/g))
      expect([path, (await board(`/${path}`)).status]).toEqual([path, 200]);
    const elsewhere = await fetch(`${api.url}/health`);
    expect(elsewhere.headers.get('content-security-policy')).toBe(
      "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    );
  });

  test('a job that somebody removed from Redis by hand costs its payment nothing', async () => {
    const { body } = await post(`${api.url}/settle`, await harness.pay(), { prefer: 'respond-async' });
    const transaction = transactionIn(body);
    const queue = openSubmitQueue({ network: NETWORK, redis: harness.redis, onError: () => undefined });
    await queue.remove(transaction);
    await queue.close();
    expect((await send(`${api.url}/status/${transaction}`)).body.state).toBe('queued');
    const due = await createRedisJournal({ redis: harness.redis }).due(NETWORK, Date.now() + 60_000, 1_000);
    expect(due).toContain(transaction);
  });

  test('is 503 while Redis is away, even with the key: guesses could not be counted', async () => {
    const alone = await startApi({ redisUrl: 'redis://127.0.0.1:9' }, admin);
    try {
      const answer = await send(`${alone.url}/admin/queues`, { headers: bearer });
      expect(answer.status).toBe(503);
      expect(answer.body.error).toBe('unavailable');
    } finally {
      await alone.close();
    }
  });
});

describe('without the admin key', () => {
  beforeEach(async () => {
    await harness.redis.del('{x402}:ratelimit:admin-guesses:127.0.0.1');
  });

  test.each([
    ['no key', {}, 'expected the admin key, as HTTP Basic password, bearer token or x-api-key'],
    [
      'an empty password',
      basic(''),
      'expected the admin key, as HTTP Basic password, bearer token or x-api-key',
    ],
    ['a wrong key', basic('guess'), 'this is not the admin key'],
  ])('%s is 401 on every path, and a browser asks for a password', async (_what, headers, message) => {
    for (const path of ['', '/', '/api/queues', '/static/favicon.ico', '/queue/submit-preview']) {
      const response = await board(path, headers as Record<string, string>);
      expect([path, response.status]).toEqual([path, 401]);
      expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
      expect(await response.json()).toEqual({ error: 'unauthorized', message });
    }
  });

  test('ten wrong guesses close the door to the address, on every replica and for the right key too', async () => {
    const other = await harness.startApi(admin);
    for (let guess = 1; guess <= 10; guess += 1)
      expect((await board('', basic(`guess-${guess}`))).status).toBe(401);
    for (const url of [api.url, other.url]) {
      const refused = await fetch(`${url}/admin/queues`, { headers: bearer });
      expect(refused.status).toBe(429);
      const wait = Number(refused.headers.get('retry-after'));
      expect(wait).toBeGreaterThan(800);
      expect(wait).toBeLessThanOrEqual(900);
    }
    await harness.redis.del('{x402}:ratelimit:admin-guesses:127.0.0.1');
    expect((await board()).status).toBe(200);
  });

  test('a caller’s key opens nothing here, and the admin key nothing there', async () => {
    const both = await harness.startApi({
      ...admin,
      X402_SECURITY__API_KEYS: JSON.stringify([
        { name: 'shop', sha256: createHash('sha256').update('shop-key').digest('hex') },
      ]),
    });
    expect((await send(`${both.url}/admin/queues`, { headers: { 'x-api-key': 'shop-key' } })).status).toBe(
      401,
    );
    expect((await post(`${both.url}/verify`, '{}', { 'x-api-key': KEY })).status).toBe(401);
  });

  test('no key of anybody is in the log', () => {
    const log = JSON.stringify(api.log);
    for (const secret of [KEY, 'guess-1', basic(KEY).authorization]) expect(log).not.toContain(secret);
  });
});
