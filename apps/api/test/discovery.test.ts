import type { PaymentRequest } from '@x402-facilitator/cardano';
import { createDiscoveryCatalogue, resourceId } from '@x402-facilitator/journal';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Harness, startHarness, transactionIn } from './support/harness.js';
import { post, send } from './support/requests.js';
import type { RunningApi } from './support/start-api.js';

let harness: Harness;
let api: RunningApi;
let replica: RunningApi;

beforeAll(async () => {
  harness = await startHarness();
  const env = { X402_DISCOVERY__ENABLED: 'true', X402_DISCOVERY__MAX_RESOURCE_BYTES: '4096' };
  api = await harness.startApi(env);
  replica = await harness.startApi(env);
});

afterAll(() => harness.close());

const CONFIRMED = ['submitting', 'submitted', 'included', 'confirmed'] as const;
const GOOD = {
  info: { input: { type: 'http', method: 'GET', queryParams: { city: 'Bern' } }, output: { type: 'json' } },
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      input: {
        type: 'object',
        properties: { type: { const: 'http' }, method: { enum: ['GET'] }, queryParams: { type: 'object' } },
        required: ['type', 'method'],
      },
    },
    required: ['input'],
  },
};

type Resource = Readonly<Record<string, unknown>> & { readonly url: string };

async function order(resource: Resource, bazaar: unknown): Promise<PaymentRequest> {
  const request = await harness.pay();
  const extensions = bazaar === undefined ? undefined : { bazaar };
  return {
    ...request,
    paymentPayload: { ...request.paymentPayload, resource, extensions },
  } as PaymentRequest;
}

const outcomeIn = (headers: Headers): unknown => {
  const text = headers.get('extension-responses');
  return text === null ? undefined : JSON.parse(Buffer.from(text, 'base64').toString()).bazaar;
};

/** Settles a payment, and returns what the resource server reads of it. */
async function settle(resource: Resource, bazaar: unknown, at = api) {
  const request = await order(resource, bazaar);
  const verified = await post(`${at.url}/verify`, request);
  expect(verified.body).toMatchObject({ isValid: true });
  const accepted = await post(`${at.url}/settle`, request, { prefer: 'respond-async' });
  expect(accepted.status).toBe(202);
  const transaction = transactionIn(accepted.body);
  await harness.advance(transaction, ...CONFIRMED);
  const settled = await post(`${at.url}/settle`, request);
  expect(settled.body).toMatchObject({ success: true });
  return {
    request,
    transaction,
    verified: outcomeIn(verified.headers),
    accepted: outcomeIn(accepted.headers),
    settled: outcomeIn(settled.headers),
  };
}

const read = (path: string, at = api) => send(`${at.url}${path}`);
const listOf = async (query = '', at = api) =>
  ((await read(`/discovery/resources?limit=100&${query}`, at)).body.items as { resource: string }[]) ?? [];
const statusOf = async (url: string, at = api) =>
  (await read(`/discovery/status?resource=${encodeURIComponent(url)}`, at)).body;
const isListed = (url: string, at = api) =>
  vi.waitFor(async () => expect((await statusOf(url, at)).status).toBe('listed'), { timeout: 5_000 });

describe('a paid resource that declares itself', () => {
  test('is listed on every replica with its first success, and the resource server is told at each step', async () => {
    const url = 'https://weather.example/now';
    const said = await settle(
      { url: `${url}?city=Bern#x`, description: 'Weather', tags: ['Weather', 'weather', 'x'.repeat(33)] },
      GOOD,
    );
    expect(said).toMatchObject({
      verified: { status: 'processing' },
      accepted: { status: 'processing' },
      settled: { status: 'success' },
    });
    await isListed(url, replica);
    const { paymentRequirements } = said.request;
    expect((await listOf('', replica)).find(({ resource }) => resource === url)).toEqual({
      resource: url,
      type: 'http',
      method: 'GET',
      x402Version: 2,
      accepts: [
        {
          scheme: 'exact',
          network: 'cardano:preview',
          asset: paymentRequirements.asset,
          amount: paymentRequirements.amount,
          payTo: paymentRequirements.payTo,
          maxTimeoutSeconds: paymentRequirements.maxTimeoutSeconds,
          extra: {},
        },
      ],
      lastUpdated: expect.stringMatching(/Z$/),
      description: 'Weather',
      tags: ['Weather'],
      extensions: { bazaar: GOOD },
    });
    expect((await read('/supported')).body.extensions).toContain('bazaar');
  });

  test('as a route with parameters is one listing, without what one buyer asked for', async () => {
    const declared = {
      ...GOOD,
      info: { input: { ...GOOD.info.input, pathParams: { id: 'secret' } } },
      routeTemplate: '/users/:id',
    };
    await settle({ url: 'https://users.example/users/1' }, declared);
    await settle({ url: 'https://users.example/users/2' }, declared);
    await isListed('https://users.example/users/3');
    const found = (await listOf()).filter(({ resource }) => resource.startsWith('https://users.example'));
    expect(found).toMatchObject([
      {
        resource: 'https://users.example/users/:id',
        extensions: { bazaar: { routeTemplate: '/users/:id' } },
      },
    ]);
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  test.each(['/admin/:id', '/..%2f/:id', 'https://evil.example/:id', '//evil.example', 7])(
    'is listed as its own path when the template is %s',
    async (routeTemplate) => {
      await settle({ url: 'https://template.example/a/1' }, { ...GOOD, routeTemplate });
      await isListed('https://template.example/a/1');
      expect((await listOf()).map(({ resource }) => resource)).toContain('https://template.example/a/1');
    },
  );

  test('as a tool is known by its URL and its name', async () => {
    const tool = (toolName: string) => ({
      info: {
        input: { type: 'mcp', toolName, description: `does ${toolName}`, inputSchema: { type: 'object' } },
      },
      schema: {
        properties: { input: { properties: { toolName: { type: 'string' } }, required: ['toolName'] } },
      },
    });
    await settle({ url: 'https://tools.example/mcp' }, tool('one'));
    await settle({ url: 'https://tools.example/mcp' }, tool('two'));
    await expect
      .poll(async () => (await listOf('type=mcp')).map((item) => Reflect.get(item, 'toolName')).sort())
      .toEqual(['one', 'two']);
  });
});

describe('a resource that is not listed says why', () => {
  const input = GOOD.info.input;
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });
  const bomb = Object.fromEntries(
    Array.from({ length: 30 }, (_, level) => [
      `d${level}`,
      level === 29 ? true : { allOf: [{ $ref: `#/$defs/d${level + 1}` }, { $ref: `#/$defs/d${level + 1}` }] },
    ]),
  );
  const withSchema = (schema: object) => ({ ...GOOD, schema: { properties: { input: {} }, ...schema } });

  test.each<[string, Resource['url'], unknown, object, string | undefined]>([
    ['no declaration', 'https://a.example/none', undefined, { code: 'not_declared' }, undefined],
    ['another type of value', 'https://a.example/text', 'x', { code: 'malformed' }, 'expected object'],
    [
      'no info',
      'https://a.example/info',
      { schema: GOOD.schema },
      { code: 'malformed', path: 'info' },
      'info',
    ],
    [
      'an unknown method',
      'https://a.example/method',
      { ...GOOD, info: { input: { ...input, method: 'BREW' } } },
      { code: 'malformed', path: 'info.input.method' },
      'GET',
    ],
    [
      'a body without type',
      'https://a.example/body',
      { ...GOOD, info: { input: { type: 'http', method: 'POST' } } },
      { code: 'malformed', path: 'info.input.bodyType' },
      'bodyType',
    ],
    [
      'a schema without input',
      'https://a.example/schema',
      { ...GOOD, schema: {} },
      { code: 'malformed', path: 'schema.properties' },
      'schema.properties',
    ],
    [
      'info that its schema refuses',
      'https://a.example/mismatch',
      { ...GOOD, info: { input: { ...input, method: 'HEAD' } } },
      { code: 'schema_mismatch', path: 'info.input.method' },
      'found HEAD',
    ],
    [
      'a schema of another draft',
      'https://a.example/draft',
      withSchema({ $schema: 'http://json-schema.org/draft-07/schema#' }),
      { code: 'schema_not_followed' },
      '2020-12',
    ],
    [
      'a schema elsewhere',
      'https://a.example/ref',
      withSchema({ $ref: 'http://127.0.0.1:1/schema' }),
      { code: 'schema_not_followed' },
      '$ref',
    ],
    [
      'a file as a schema',
      'https://a.example/file',
      withSchema({ $id: 'file:///etc/passwd' }),
      { code: 'schema_not_followed' },
      '$id',
    ],
    [
      'a schema that takes forever',
      'https://a.example/bomb',
      withSchema({ $defs: bomb, $ref: '#/$defs/d0' }),
      { code: 'schema_not_followed' },
      'steps',
    ],
    [
      'a schema in a circle',
      'https://a.example/circle',
      withSchema({ $ref: '#' }),
      { code: 'schema_not_followed' },
      'levels',
    ],
    [
      'a pattern that takes forever',
      'https://a.example/pattern',
      {
        info: { input: { ...input, queryParams: { a: 'a'.repeat(60) } } },
        schema: {
          properties: {
            input: { properties: { queryParams: { properties: { a: { pattern: '^(a|a)*b$' } } } } },
          },
        },
      },
      { code: 'schema_not_followed' },
      'too long',
    ],
    [
      'deep nesting',
      'https://a.example/deep',
      { ...GOOD, info: { input, output: { type: 'json', example: nested(31) } } },
      { code: 'too_large' },
      'levels',
    ],
    [
      'many bytes',
      'https://a.example/bytes',
      { ...GOOD, info: { input, output: { type: 'json', example: 'x'.repeat(5000) } } },
      { code: 'too_large' },
      '4096 bytes',
    ],
    ['no TLS', 'http://a.example/http', GOOD, { code: 'url_refused' }, 'https'],
    ['a user in the URL', 'https://user:secret@a.example/', GOOD, { code: 'url_refused' }, 'user'],
    ['localhost', 'https://localhost/x', GOOD, { code: 'url_refused' }, 'public name'],
    ['a private address', 'https://192.168.1.1/x', GOOD, { code: 'url_refused' }, 'public name'],
    ['an address as one number', 'https://2130706433/x', GOOD, { code: 'url_refused' }, 'public name'],
    ['an IPv6 address', 'https://[::1]/x', GOOD, { code: 'url_refused' }, 'public name'],
    ['a private name', 'https://redis.internal/x', GOOD, { code: 'url_refused' }, 'public name'],
    ['a script as URL', 'javascript:alert(1)', GOOD, { code: 'url_refused' }, 'https'],
    ['a line break in the URL', 'https://a.example/\nx', GOOD, { code: 'url_refused' }, 'absolute URL'],
  ])('%s', async (_what, url, declared, reason, words) => {
    const { verified, settled } = await settle({ url }, declared);
    const answer =
      declared === undefined
        ? undefined
        : { status: 'rejected', rejectedReason: expect.stringContaining(words ?? '') };
    expect([verified, settled]).toEqual([answer, answer]);
    const status = await statusOf(url);
    expect(status).toMatchObject({ status: 'not_listed', reason, listings: [] });
    expect((await listOf()).map(({ resource }) => resource)).not.toContain(url);
  });

  test('a URL that was never paid for', async () => {
    expect(await statusOf('https://a.example/never')).toMatchObject({
      status: 'not_listed',
      reason: { code: 'never_settled' },
      listings: [],
      refusals: [],
    });
    expect(await read('/discovery/status')).toMatchObject({ status: 400 });
  });

  test('one that its operator delists', async () => {
    const url = 'https://spam.example/x';
    await settle({ url }, GOOD);
    await isListed(url);
    const catalogue = createDiscoveryCatalogue(harness.redis);
    await catalogue.delist('https://spam.example', { reason: 'it lies', atMs: 1 });
    await expect
      .poll(() => statusOf(url, replica))
      .toMatchObject({
        status: 'not_listed',
        reason: { code: 'delisted_by_operator', message: expect.stringContaining('it lies') },
      });
    expect((await settle({ url }, GOOD)).settled).toMatchObject({ status: 'rejected' });
    await catalogue.allow('https://spam.example');
    expect((await settle({ url }, GOOD)).settled).toEqual({ status: 'success' });
    await isListed(url);
  });
});

test('a hostile payment of an odd shape is settled like any other', async () => {
  for (const bazaar of [
    null,
    7,
    [],
    { info: null },
    { info: [], schema: [] },
    { __proto__: null, info: { input: { type: 'http' } } },
  ])
    await settle({ url: 'https://odd.example/' }, bazaar);
});

describe('finding', () => {
  beforeAll(async () => {
    await settle(
      { url: 'https://find.example/price', description: 'Prices of stocks', serviceName: 'Tickers' },
      GOOD,
    );
    await isListed('https://find.example/price');
  });
  const found = async (query: string) => (await listOf(query)).map(({ resource }) => resource);

  test.each([
    ['type=http', true],
    ['type=mcp', false],
    ['network=cardano:preview', true],
    ['network=cardano:mainnet', false],
    ['scheme=exact', true],
    ['scheme=upto', false],
    ['asset=lovelace', true],
    ['asset=lovelace&maxAmount=1', false],
    ['asset=lovelace&maxAmount=99999999999', true],
    ['maxUsdPrice=1000', false],
    ['payTo=addr_test1nobody', false],
    ['extensions=bazaar', true],
    ['extensions=__proto__', false],
  ])('with %s finds it: %s', async (query, isFound) => {
    expect((await found(query)).includes('https://find.example/price')).toBe(isFound);
  });

  test.each([
    'limit=-1',
    'limit=x',
    'offset=1.5',
    'maxAmount=1',
    'asset=lovelace&maxAmount=-1',
    `type=${'x'.repeat(300)}`,
    'maxUsdPrice=1e9',
  ])('%s is refused', async (query) => {
    expect(await read(`/discovery/resources?${query}`)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });

  test('pages tell where they are, and search goes on by its cursor', async () => {
    const { total } = (await read('/discovery/resources')).body.pagination as { total: number };
    const first = await read('/discovery/resources?limit=2');
    expect(first.body).toMatchObject({ pagination: { limit: 2, offset: 0, total } });
    const second = await read(`/discovery/resources?limit=2&offset=2`);
    expect(second.body.items).not.toEqual(first.body.items);
    expect((await read(`/discovery/resources?offset=${total}`)).body.items).toEqual([]);

    expect((await read('/discovery/search?query=stocks')).body).toMatchObject({
      resources: [{ resource: 'https://find.example/price' }],
      partialResults: false,
      pagination: { limit: 1, cursor: null },
    });
    const page = (await read('/discovery/search?query=example&limit=1')).body;
    const { cursor } = page.pagination as { cursor: string };
    const next = (await read(`/discovery/search?query=example&limit=1&cursor=${cursor}`)).body;
    expect(next.resources).not.toEqual(page.resources);
    expect((await read('/discovery/search?query=nothing-like-it-zzz')).body.resources).toEqual([]);
    expect((await read('/discovery/search?query=%00%ff')).status).toBeLessThan(500);
    expect((await read('/discovery/search')).status).toBe(400);
  });
});

test('documents its paths', async () => {
  const { paths } = (await read('/openapi.json')).body as { paths: Record<string, object> };
  expect(
    Object.keys(paths)
      .filter((path) => path.startsWith('/discovery'))
      .sort(),
  ).toEqual(['/discovery/resources', '/discovery/search', '/discovery/status', '/discovery/word']);
});

test('an expired listing is not shown, and says so', async () => {
  const url = 'https://expired.example/';
  await settle({ url }, GOOD);
  await isListed(url);
  const { payTo } = (await harness.pay()).paymentRequirements;
  const id = resourceId('cardano:preview', url, 'http GET');
  await harness.redis.zadd('{x402}:discovery:listed', Date.now() - 31 * 86_400_000, id);
  await vi.waitFor(
    async () =>
      expect(await statusOf(url, replica)).toMatchObject({
        status: 'not_listed',
        reason: { code: 'expired' },
        listings: [{ payTo, isListed: false }],
      }),
    { timeout: 5_000 },
  );
  expect((await listOf('', replica)).map(({ resource }) => resource)).not.toContain(url);
  expect((await settle({ url }, GOOD)).settled).toEqual({ status: 'success' });
  await isListed(url, replica);
});

test('a damaged catalogue costs only the listings that are damaged', async () => {
  const url = 'https://damaged.example/';
  await settle({ url }, GOOD);
  await isListed(url);
  await isListed(url, replica);
  const id = resourceId('cardano:preview', url, 'http GET');
  await harness.redis.hset(`{x402}:discovery:resource:${id}`, 'listing', '{"type":"x"}');
  await harness.redis.zadd('{x402}:discovery:listed', Date.now() + 5, id);
  await vi.waitFor(
    async () => expect((await listOf('', replica)).map(({ resource }) => resource)).not.toContain(url),
    { timeout: 5_000 },
  );
  expect((await listOf('', replica)).length).toBeGreaterThan(0);
});

test('is off by default: no routes, no header, nothing written', async () => {
  const off = await harness.startApi();
  const before = await harness.redis.keys('{x402}:discovery:*');
  const { verified, settled } = await settle({ url: 'https://off.example/' }, GOOD, off);
  expect([verified, settled]).toEqual([undefined, undefined]);
  expect(await harness.redis.keys('{x402}:discovery:*')).toEqual(before);
  expect((await read('/discovery/resources', off)).status).toBe(404);
  expect((await read('/discovery/status', off)).status).toBe(404);
  expect((await read('/supported', off)).body.extensions).not.toContain('bazaar');
});
