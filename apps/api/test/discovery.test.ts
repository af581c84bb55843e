import { createDiscoveryCatalogue } from '@x402-facilitator/journal';
import { describe, expect, test } from 'vitest';
import { GOOD, type Resource, useDiscovery } from './support/discovery.js';

const { harness, replica, settle, read, listOf, statusOf, isListed } = useDiscovery();

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
    await isListed(url, replica());
    const { paymentRequirements } = said.request;
    expect((await listOf('', replica())).find(({ resource }) => resource === url)).toEqual({
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
    const catalogue = createDiscoveryCatalogue(harness().redis);
    await catalogue.delist('https://spam.example', { reason: 'it lies', atMs: 1 });
    await expect
      .poll(() => statusOf(url, replica()))
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
