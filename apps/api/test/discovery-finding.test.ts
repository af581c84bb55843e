import { resourceId } from '@x402-facilitator/journal';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { GOOD, useDiscovery } from './support/discovery.js';

const { harness, replica, settle, read, listOf, statusOf, isListed } = useDiscovery();

describe('finding', () => {
  beforeAll(async () => {
    await settle(
      { url: 'https://find.example/price', description: 'Prices of stocks', serviceName: 'Tickers' },
      GOOD,
    );
    await isListed('https://find.example/price');
    // Enough for a second page.
    for (const name of ['one', 'two', 'three']) {
      await settle({ url: `https://${name}.example/` }, GOOD);
      await isListed(`https://${name}.example/`);
    }
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
  const { payTo } = (await harness().pay()).paymentRequirements;
  const id = resourceId('cardano:preview', url, 'http GET');
  await harness().redis.zadd('{x402}:discovery:listed', Date.now() - 31 * 86_400_000, id);
  await vi.waitFor(
    async () =>
      expect(await statusOf(url, replica())).toMatchObject({
        status: 'not_listed',
        reason: { code: 'expired' },
        listings: [{ payTo, isListed: false }],
      }),
    { timeout: 60_000 },
  );
  expect((await listOf('', replica())).map(({ resource }) => resource)).not.toContain(url);
  expect((await settle({ url }, GOOD)).settled).toEqual({ status: 'success' });
  await isListed(url, replica());
});

test('a damaged catalogue costs only the listings that are damaged', async () => {
  const url = 'https://damaged.example/';
  await settle({ url }, GOOD);
  await isListed(url);
  await isListed(url, replica());
  const id = resourceId('cardano:preview', url, 'http GET');
  await harness().redis.hset(`{x402}:discovery:resource:${id}`, 'listing', '{"type":"x"}');
  await harness().redis.zadd('{x402}:discovery:listed', Date.now() + 5, id);
  await vi.waitFor(
    async () => expect((await listOf('', replica())).map(({ resource }) => resource)).not.toContain(url),
    { timeout: 60_000 },
  );
  expect((await listOf('', replica())).length).toBeGreaterThan(0);
});

test('is off by default: no routes, no header, nothing written', async () => {
  const off = await harness().startApi();
  // Redis tells them in no order.
  const written = async () => (await harness().redis.keys('{x402}:discovery:*')).sort();
  const before = await written();
  const { verified, settled } = await settle({ url: 'https://off.example/' }, GOOD, off);
  expect([verified, settled]).toEqual([undefined, undefined]);
  expect(await written()).toEqual(before);
  expect((await read('/discovery/resources', off)).status).toBe(404);
  expect((await read('/discovery/status', off)).status).toBe(404);
  expect((await read('/supported', off)).body.extensions).not.toContain('bazaar');
});
