import { createHash } from 'node:crypto';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Harness, startHarness, transactionIn } from './support/harness.js';
import { post, send } from './support/requests.js';
import type { RunningApi } from './support/start-api.js';

let harness: Harness;
let api: RunningApi;
let path: string;

const digest = (key: string) => createHash('sha256').update(key).digest('hex');

beforeAll(async () => {
  harness = await startHarness();
  api = await harness.startApi({
    X402_RATE_LIMIT__WAITS: '2',
    X402_SECURITY__API_KEYS: JSON.stringify([
      { name: 'shop', sha256: digest('shop-key') },
      { name: 'partner', sha256: digest('partner-key'), rateLimit: { waits: 3 } },
    ]),
  });
  const accepted = await post(`${api.url}/settle`, await harness.pay(), {
    prefer: 'respond-async',
    'x-api-key': 'shop-key',
  });
  path = `/status/${transactionIn(accepted.body)}`;
});
afterAll(() => harness.close());

/** Opens an event stream that stays open until the caller hangs up. */
async function openStream(headers: Readonly<Record<string, string>> = {}) {
  const controller = new AbortController();
  const response = await fetch(`${api.url}${path}/events`, { headers, signal: controller.signal });
  return { status: response.status, hangUp: () => controller.abort() };
}

const longPoll = (headers: Readonly<Record<string, string>> = {}) =>
  send(`${api.url}${path}?wait=1`, { headers });

test('an address holds so many event streams and long polls open, and one more when one of them ends', async () => {
  const streams = [await openStream(), await openStream()];
  expect(streams.map(({ status }) => status)).toEqual([200, 200]);

  const refused = await longPoll();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('10');
  expect(refused.body).toEqual({
    error: 'rate_limited',
    message: 'expected at most 2 requests that wait at the same time, found more',
  });
  expect((await openStream()).status).toBe(429);
  // Requests that do not wait are not counted.
  expect((await send(api.url + path)).status).toBe(200);

  streams[0]?.hangUp();
  await waitUntil(async () => (await longPoll()).status === 200, { what: 'room for a long poll' });
  // Its place is free again once it is answered.
  const next = await openStream();
  expect(next.status).toBe(200);
  for (const stream of [...streams, next]) stream.hangUp();
});

test('a key has its own count, and may have its own limit', async () => {
  const partner = { 'x-api-key': 'partner-key' };
  const streams = [];
  for (let index = 0; index < 4; index += 1) streams.push(await openStream(partner));
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  const shops = await openStream({ 'x-api-key': 'shop-key' });
  expect(shops.status).toBe(200);
  for (const stream of [...streams, shops]) stream.hangUp();
});
