import { createHash } from 'node:crypto';
import { startRedis } from '@x402-facilitator/tools/redis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { paymentRequest, post, send } from './support/requests.js';
import { type RunningApi, startApi } from './support/start-api.js';

let redisUrl: string;
let stopRedis: () => Promise<void>;
let apis: RunningApi[] = [];

// A Redis for each test, so that tests do not share counts.
beforeEach(async () => {
  const redis = await startRedis();
  redisUrl = redis.url;
  stopRedis = () => redis.stop();
});

afterEach(async () => {
  for (const api of apis) await api.close();
  apis = [];
  await stopRedis();
});

async function api(env: Readonly<Record<string, string>>, redis = redisUrl): Promise<RunningApi> {
  const started = await startApi({ redisUrl: redis }, env);
  apis.push(started);
  return started;
}

const digest = (key: string) => createHash('sha256').update(key).digest('hex');
const status = `/status/${'ab'.repeat(32)}`;

describe('with API keys configured', () => {
  const keys = {
    X402_SECURITY__API_KEYS: JSON.stringify([
      { name: 'shop', sha256: digest('shop-key') },
      { name: 'partner', sha256: digest('partner-key'), rateLimit: { sensitive: 2 } },
    ]),
  };

  test('/verify and /settle need one, in either header', async () => {
    const { url } = await api(keys);
    for (const path of ['/verify', '/settle']) {
      const statuses = await Promise.all(
        [
          {},
          { authorization: 'Bearer shop-key' },
          { authorization: 'bearer partner-key' },
          { 'x-api-key': 'shop-key' },
        ].map(async (headers) => (await post(url + path, '{}', headers as Record<string, string>)).status),
      );
      expect(statuses).toEqual([401, 400, 400, 400]);
    }
  });

  test.each([
    [{}, 'expected an Authorization: Bearer or x-api-key header, found neither'],
    [{ authorization: 'Bearer wrong' }, 'the key in the Authorization header is not known here'],
    [
      { authorization: 'Basic c2hvcA==' },
      'expected the Authorization header to be "Bearer <key>", found another form',
    ],
    [{ 'x-api-key': digest('shop-key') }, 'the key in the x-api-key header is not known here'],
  ])('401 says which header was missing or wrong: %j', async (headers, message) => {
    const { url, log } = await api(keys);
    const answer = await post(`${url}/settle`, paymentRequest(), headers as Record<string, string>);
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ error: 'unauthorized', message });
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(JSON.stringify(log)).not.toContain('Bearer wrong');
  });

  test('a status stays public unless the operator says otherwise; the rest of the service always does', async () => {
    const open = await api(keys);
    const closed = await api({ ...keys, X402_SECURITY__PUBLIC_STATUS: 'false' });
    expect((await send(open.url + status)).status).toBe(404);
    expect((await send(closed.url + status)).status).toBe(401);
    expect((await send(`${closed.url}${status}/events`)).status).toBe(401);
    expect((await send(closed.url + status, { headers: { 'x-api-key': 'shop-key' } })).status).toBe(404);
    for (const path of ['/', '/supported', '/live', '/ready', '/openapi.json'])
      expect([path, (await send(closed.url + path)).status]).toEqual([path, 200]);
  });

  test('a key carries its own limits, and its holder is named in the log', async () => {
    const { url, log } = await api({
      ...keys,
      X402_RATE_LIMIT__SENSITIVE: '1',
      X402_RATE_LIMIT__WINDOW_MS: '60000',
    });
    const call = async (key: string) => (await post(`${url}/verify`, '{}', { 'x-api-key': key })).status;
    expect([await call('partner-key'), await call('partner-key'), await call('partner-key')]).toEqual([
      400, 400, 429,
    ]);
    expect([await call('shop-key'), await call('shop-key')]).toEqual([400, 429]);
    expect(log.filter((line) => line.caller === 'partner')).toHaveLength(3);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('\nhttp_requests_limited_total{caller="key"} 2\n');
    expect(metrics).toContain('\nhttp_requests_limited_total{caller="address"} 0\n');
  });
});

describe('rate limits', () => {
  const limits = { X402_RATE_LIMIT__SENSITIVE: '3', X402_RATE_LIMIT__GLOBAL: '5' };
  test('are told in headers, and exceeding one is 429 with Retry-After', async () => {
    const { url } = await api(limits);
    const answers = [];
    for (let call = 0; call < 4; call++) answers.push(await send(url + status));
    expect(answers.map((answer) => answer.status)).toEqual([404, 404, 404, 429]);
    expect(answers.map((answer) => answer.headers.get('ratelimit-remaining'))).toEqual(['2', '1', '0', '0']);
    const refused = answers[3];
    expect(refused?.headers.get('ratelimit-limit')).toBe('3');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused?.headers.get('ratelimit-reset'))).toBeLessThanOrEqual(60);
    expect(refused?.body).toEqual({
      error: 'rate_limited',
      message: expect.stringMatching(/^expected at most 3 requests in 60 s, found more; try again in \d+ s$/),
    });
  });

  test('are shared by all replicas', async () => {
    const [first, second] = [await api(limits), await api(limits)];
    const statuses = [];
    for (const { url } of [first, second, first, second]) statuses.push((await send(url + status)).status);
    expect(statuses).toEqual([404, 404, 404, 429]);
  });

  test('count each sensitive route by itself, and all others together', async () => {
    const { url } = await api(limits);
    for (let call = 0; call < 3; call++) await send(url + status);
    expect((await send(url + status)).status).toBe(429);
    expect((await post(`${url}/verify`, '{}')).status).toBe(400);
    const others = [];
    for (const path of ['/', '/openapi.json', '/nothing', '/', '/', '/'])
      others.push((await send(url + path)).status);
    expect(others).toEqual([200, 200, 404, 200, 200, 429]);
  });

  test('never touch health, probes and /supported', async () => {
    const { url } = await api({ X402_RATE_LIMIT__SENSITIVE: '1', X402_RATE_LIMIT__GLOBAL: '1' });
    for (let call = 0; call < 5; call++)
      for (const path of ['/live', '/ready', '/supported', '/health'])
        expect((await fetch(url + path)).status).not.toBe(429);
  });

  test('continue with each replica’s own count while Redis is away', async () => {
    const { url } = await api(limits, 'redis://127.0.0.1:9');
    const statuses = [];
    for (let call = 0; call < 4; call++) statuses.push((await post(`${url}/verify`, '{}')).status);
    expect(statuses).toEqual([400, 400, 400, 429]);
  });

  test('trust X-Forwarded-For only from trusted proxies', async () => {
    const behind = await api({ ...limits, X402_SERVER__TRUST_PROXY: 'loopback' });
    const from = async (url: string, address: string) =>
      (await send(url + status, { headers: { 'x-forwarded-for': address } })).status;
    for (let caller = 1; caller <= 5; caller++) expect(await from(behind.url, `192.0.2.${caller}`)).toBe(404);
    const direct = await api(limits);
    const statuses = [];
    for (let caller = 1; caller <= 4; caller++) statuses.push(await from(direct.url, `198.51.100.${caller}`));
    expect(statuses).toEqual([404, 404, 404, 429]);
  });
});

test('while Redis is away, /settle and /status say so with Retry-After, and other routes still answer', async () => {
  const { url } = await api({}, 'redis://127.0.0.1:9');
  const statusAnswer = await send(url + status);
  expect(statusAnswer.status).toBe(503);
  expect(statusAnswer.body).toEqual({
    error: 'unavailable',
    message: 'the settlement journal does not answer',
  });
  expect(statusAnswer.headers.get('retry-after')).toBe('5');
  expect((await post(`${url}/verify`, paymentRequest())).status).toBe(200);
  expect((await send(`${url}/supported`)).status).toBe(200);
  expect((await send(`${url}/ready`)).status).toBe(200);
});
