import { createHash } from 'node:crypto';
import { claimOf, journalKeys, present, txHash } from '@x402-facilitator/journal/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Harness, NETWORK, startHarness } from './support/harness.js';
import { send } from './support/requests.js';
import type { RunningApi } from './support/start-api.js';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
const KEY = 'a-key-of-anna';
const keyOf = (name: string, key: string) => ({
  name,
  sha256: createHash('sha256').update(key).digest('hex'),
});
const withKeys = (...keys: readonly { readonly name: string; readonly sha256: string }[]) => ({
  X402_METRICS__PORT: '0',
  X402_SECURITY__OPERATOR_KEYS: JSON.stringify(keys),
});

let harness: Harness;
let api: RunningApi;
let page: string;

beforeAll(async () => {
  harness = await startHarness();
  api = await harness.startApi({
    ...withKeys(keyOf('anna', KEY)),
    X402_SECURITY__API_KEYS: JSON.stringify([keyOf('shop', 'a-key-of-a-shop')]),
  });
  page = api.metricsUrl ?? '';
});
afterAll(() => harness.close());
beforeEach(() => harness.redis.flushdb());

async function open(path: string, init: RequestInit = {}, url = page) {
  const response = await fetch(url + path, { redirect: 'manual', ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** As a program asks. */
const asAnna = (path: string) => open(path, { headers: { authorization: `Bearer ${KEY}` } });

/** As a form of our own page does it. */
function submit(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
  url = page,
) {
  return open(
    path,
    {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
    },
    url,
  );
}

/** Signs in as a browser, and returns the session's cookie. */
async function session(url = page, key = KEY): Promise<string> {
  const { status, headers } = await submit('/admin/sign-in', { key }, {}, url);
  expect(status).toBe(303);
  return headers.get('set-cookie')?.split(';')[0] ?? '';
}

describe('the operators’ page', () => {
  it('is served where metrics are, to holders of an operator’s key, and nowhere else', async () => {
    expect((await open('/admin', {}, api.url)).status).toBe(404);
    const without = await harness.startApi({ X402_METRICS__PORT: '0' });
    expect((await open('/admin', {}, without.metricsUrl)).status).toBe(404);
    expect((await open('/metrics')).status).toBe(200);

    for (const path of [
      '/admin',
      '/admin/settlements',
      `/admin/settlements/${txHash(1)}`,
      '/admin/search?for=x',
    ]) {
      const { status, headers, text } = await open(path);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(text).toContain('<h1>Sign in</h1>');
      expect(text).not.toContain(NETWORK);
    }
    const shop = await open('/admin', { headers: { authorization: 'Bearer a-key-of-a-shop' } });
    expect(shop.status).toBe(401);
    expect(shop.text).toContain('not known here');

    const { status, headers, text } = await asAnna('/admin');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text).toContain(NETWORK);
    expect(text).toContain('anna');
  });

  it('permits its own style by its hash, no script, and forms to itself', async () => {
    const { headers, text } = await asAnna('/admin');
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
    expect(headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ]);
    expect(text).not.toContain('<script');
  });
});

describe('a session', () => {
  it('begins with the key, and its cookie is out of reach for scripts, other sites and plain http', async () => {
    const { headers } = await submit('/admin/sign-in', { key: KEY });
    const [value = '', ...attributes] = headers.get('set-cookie')?.split('; ') ?? [];
    expect(value).toMatch(/^__Host-x402-operator=[\w-]{43}$/);
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure']);
    expect((await open('/admin', { headers: { cookie: value } })).text).toContain('anna');
    // Whoever reads Redis cannot take it over.
    const [token = ''] = value.split('=').slice(1);
    const keys = await harness.redis.keys('*');
    expect(keys.some((key) => key.startsWith('{x402}:operator-session:'))).toBe(true);
    expect(keys.some((key) => key.includes(token))).toBe(false);
  });

  it('does not begin with another key', async () => {
    const { status, headers, text } = await submit('/admin/sign-in', { key: 'a-key-of-a-shop' });
    expect(status).toBe(401);
    expect(headers.get('set-cookie')).toBeNull();
    expect(text).toContain('This key is not known here.');
    expect(api.log.at(-1)).toMatchObject({
      level: 'warn',
      message: 'a wrong key was shown to the operators’ page',
    });
  });

  it('ends when it is signed out, and when its key is taken out of the configuration', async () => {
    const cookie = await session();
    const { status, headers } = await submit('/admin/sign-out', {}, { cookie });
    expect(status).toBe(303);
    expect(headers.get('set-cookie')).toMatch(/__Host-x402-operator=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/);
    expect((await open('/admin', { headers: { cookie } })).status).toBe(401);

    const other = await session();
    const rotated = await harness.startApi(withKeys(keyOf('anna', 'another-key')));
    expect((await open('/admin', { headers: { cookie: other } }, rotated.metricsUrl)).status).toBe(401);
    expect((await open('/admin', { headers: { cookie: other } })).status).toBe(200);
  });

  it('is good on every replica', async () => {
    const second = await harness.startApi(withKeys(keyOf('anna', KEY)));
    const cookie = await session();
    expect((await open('/admin', { headers: { cookie } }, second.metricsUrl)).status).toBe(200);
  });

  it('guesses are counted', async () => {
    const strict = await harness.startApi({
      ...withKeys(keyOf('anna', KEY)),
      X402_RATE_LIMIT__SENSITIVE: '3',
      X402_RATE_LIMIT__GLOBAL: '3',
    });
    const url = strict.metricsUrl ?? '';
    for (let guess = 0; guess < 3; guess += 1)
      expect((await submit('/admin/sign-in', { key: `guess ${guess}` }, {}, url)).status).toBe(401);
    // The right one too: an attacker does not learn by the answer when to stop.
    expect((await submit('/admin/sign-in', { key: KEY }, {}, url)).status).toBe(429);

    const asked = async () =>
      (await open('/admin', { headers: { authorization: 'Bearer a-guess' } }, url)).status;
    for (let guess = 0; guess < 3; guess += 1) expect(await asked()).toBe(401);
    expect(await asked()).toBe(429);
    expect((await open('/metrics', {}, url)).status).toBe(200);
  });
});

describe('pause and resume', () => {
  const settle = async () => {
    const request = await harness.pay();
    const headers = {
      'content-type': 'application/json',
      authorization: 'Bearer a-key-of-a-shop',
      prefer: 'respond-async',
    };
    return send(`${api.url}/settle`, { method: 'POST', headers, body: JSON.stringify(request) });
  };

  it('work on all replicas at once, for the named reason, and say who did it', async () => {
    const cookie = await session();
    const paused = await submit('/admin/pause', { network: NETWORK, reason: 'the node is odd' }, { cookie });
    expect(paused.status).toBe(303);
    expect(api.log.at(-1)).toMatchObject({
      message: 'an operator paused settling',
      metadata: { operator: 'anna', reason: 'the node is odd' },
    });
    const refused = await settle();
    expect(refused.status).toBe(503);
    expect(JSON.stringify(refused.body)).toContain('the node is odd');
    expect((await asAnna('/admin')).text).toContain('(the node is odd)');

    expect((await submit('/admin/resume', { network: NETWORK }, { cookie })).status).toBe(303);
    expect((await settle()).status).toBe(202);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another host of this site', { 'sec-fetch-site': 'same-site' }],
    ['nowhere that a browser tells', { 'sec-fetch-site': 'none' }],
    [
      'another origin, in a browser that tells only that',
      { 'sec-fetch-site': '', origin: 'https://evil.example' },
    ],
    ['an origin that is hidden', { 'sec-fetch-site': '', origin: 'null' }],
  ])('are refused to a page of %s, whose request has the cookie', async (_what, headers) => {
    const cookie = await session();
    const told = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
    const answer = await open('/admin/pause', {
      method: 'POST',
      body: new URLSearchParams({ network: NETWORK, reason: 'mischief' }),
      headers: { cookie, ...told },
    });
    expect(answer.status).toBe(403);
    expect(await harness.redis.exists(journalKeys(NETWORK).pause)).toBe(0);
  });

  it('are taken from a page that names its origin, and from a program with a key', async () => {
    const cookie = await session();
    const body = () => new URLSearchParams({ network: NETWORK, reason: 'a drill' });
    const headers = { cookie, origin: new URL(page).origin };
    expect((await open('/admin/pause', { method: 'POST', body: body(), headers })).status).toBe(303);
    const program = { authorization: `Bearer ${KEY}` };
    expect((await open('/admin/resume', { method: 'POST', body: body(), headers: program })).status).toBe(
      303,
    );
    expect(await harness.redis.exists(journalKeys(NETWORK).pause)).toBe(0);
  });

  it.each([
    [{ network: NETWORK, reason: ' ' }, 'reason'],
    [{ network: NETWORK }, 'reason'],
    [{ network: 'cardano:mainnet', reason: 'x' }, 'network: expected one of cardano:preview, found'],
  ])('need a reason and a network that is served: %j', async (fields, named) => {
    const { status, text } = await submit('/admin/pause', fields, { cookie: await session() });
    expect(status).toBe(400);
    expect(text).toContain(named);
    expect(await harness.redis.exists(journalKeys(NETWORK).pause)).toBe(0);
  });
});

describe('settlements', () => {
  it('that ended and are not archived are counted, where there is an archive', async () => {
    const { archiveDue } = journalKeys(NETWORK);
    const minuteAgo = Date.now() - 60_000;
    await harness.redis.zadd(archiveDue, minuteAgo, txHash(1), minuteAgo + 120_000, txHash(2));
    expect((await asAnna('/admin')).text).not.toContain('to be archived');
    const archiving = await harness.startApi({
      ...withKeys(keyOf('anna', KEY)),
      X402_ARCHIVE__URL: 'sqlite:/nowhere/archive.db',
    });
    const { text } = await open(
      '/admin',
      { headers: { authorization: `Bearer ${KEY}` } },
      archiving.metricsUrl,
    );
    expect(text).toContain('1 to be archived, the oldest for 1 min; 1 may still change');
  });

  it('of the last day are listed, newest first, by state and by payer', async () => {
    const others = 'addr_test1other';
    await harness.journal.claim(claimOf(1));
    await harness.journal.claim(claimOf(2, { payer: others }));
    await harness.journal.claim(claimOf(3));
    await harness.advance(txHash(3), 'submitting', 'failed');
    const shown = async (query: string) => {
      const { text } = await asAnna(`/admin/settlements?${query}`);
      return [...text.matchAll(/href="\/admin\/settlements\/([0-9a-f]{64})"/g)].map(([, id]) => id);
    };
    expect((await shown('')).sort()).toEqual([txHash(1), txHash(2), txHash(3)].sort());
    expect(await shown('state=failed')).toEqual([txHash(3)]);
    expect(await shown(`payer=${others}&state=`)).toEqual([txHash(2)]);
    expect(await shown('state=confirmed')).toEqual([]);
    expect((await asAnna('/admin/settlements?state=nonsense')).status).toBe(400);
  });

  it('fill pages of fifty', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => index + 1);
    for (const seed of ids) {
      await harness.journal.claim(claimOf(seed));
      await harness.redis.zadd(journalKeys(NETWORK).recent, Date.now() - seed * 1_000, txHash(seed));
    }
    const seen: (string | undefined)[] = [];
    let path: string | undefined = '/admin/settlements';
    for (let pages = 0; path !== undefined; pages += 1) {
      expect(pages).toBeLessThan(4);
      const { text } = await asAnna(path);
      seen.push(...[...text.matchAll(/href="\/admin\/settlements\/([0-9a-f]{64})"/g)].map(([, id]) => id));
      path = /href="([^"]+)">Older ones/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toEqual(ids.map(txHash));
  });

  it('are found by transaction id, and by payer', async () => {
    await harness.journal.claim(claimOf(1));
    const byId = await asAnna(`/admin/search?for=${txHash(1).toUpperCase()}`);
    expect(byId.headers.get('location')).toBe(`/admin/settlements/${txHash(1)}`);
    const byPayer = await asAnna('/admin/search?for=addr_test1payer');
    expect(byPayer.headers.get('location')).toContain('payer=addr_test1payer');
    expect((await asAnna(`/admin/settlements/${txHash(9)}`)).status).toBe(404);
    expect((await asAnna('/admin/settlements/nonsense')).status).toBe(400);
  });

  it('have a timeline, and text of strangers in it stays text', async () => {
    const resource = `https://shop.example/${HOSTILE}`;
    await harness.journal.claim(claimOf(1, { resource, payer: HOSTILE }));
    await harness.advance(txHash(1), 'submitting', 'submitted', 'included', 'confirmed');
    const { text } = await asAnna(`/admin/settlements/${txHash(1)}`);
    const steps = [...text.matchAll(/<li><time datetime="[^"]+">[^<]+<\/time>: <bdi>([^<]*)<\/bdi>/g)];
    expect(steps.map(([, what]) => what)).toEqual([
      'accepted and queued',
      expect.stringContaining('a node took it'),
      expect.stringContaining('found in block'),
      expect.stringContaining('confirmed (blocks asked for on top: 1)'),
    ]);
    for (const path of [`/admin/settlements/${txHash(1)}`, '/admin/settlements', '/admin'])
      expect((await asAnna(path)).text).not.toContain('<script');
  });

  it('whose record cannot be read are named', async () => {
    await harness.journal.claim(claimOf(1));
    const settlement = present(await harness.journal.read(NETWORK, txHash(1)));
    await harness.redis.hset(journalKeys(NETWORK).record(settlement.txHash), 'schemaVersion', '99');
    const one = await asAnna(`/admin/settlements/${txHash(1)}`);
    expect(one.status).toBe(503);
    expect(one.text).toContain('cannot be read');
    expect((await asAnna('/admin/settlements')).text).toContain(`${txHash(1)} cannot be read`);
  });
});
