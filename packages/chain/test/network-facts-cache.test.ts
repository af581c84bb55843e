import { ChainProviderError } from '@x402-facilitator/chain';
import { expect, test, vi } from 'vitest';
import { createNetworkFactsCache } from '../src/cache/network-facts-cache.js';
import { parameters } from './support/answers.js';
import { handClock, knowing } from './support/ledger-provider.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const PARAMETERS = 'GET /epochs/latest/parameters';

/** A cache over a provider whose parameters a test changes; an epoch of this network is a day. */
async function factsOf() {
  const answer = { status: 200, json: parameters() };
  const { provider, server } = await knowing([], {
    scripts: {
      '/epochs/latest/parameters': (_request, response) => {
        response.writeHead(answer.status).end(JSON.stringify(answer.json));
      },
    },
  });
  const clock = handClock();
  const cache = createNetworkFactsCache(provider, { clock: clock.now });
  const reads = () => server.requests.filter((request) => request === PARAMETERS).length;
  return { cache, answer, clock, reads };
}

test('requests within an epoch share one read and one object', async () => {
  const { cache, clock, reads } = await factsOf();
  const [first, second] = await Promise.all([cache.get(), cache.get()]);
  clock.advance(60_000);
  expect(await cache.get()).toBe(first);
  expect(second).toBe(first);
  expect(reads()).toBe(1);
});

test('old facts are read again in the background, and no request waits for that', async () => {
  const { cache, answer, clock, reads } = await factsOf();
  const first = await cache.get();
  clock.advance(DAY_MS / 4);
  answer.json = parameters({ min_fee_a: 45 });
  expect(await cache.get()).toBe(first);
  await vi.waitFor(async () => expect((await cache.get()).parameters.minFeePerByte).toBe(45n));
  expect(reads()).toBe(2);
});

test('a background read that fails changes nothing', async () => {
  const { cache, answer, clock, reads } = await factsOf();
  const first = await cache.get();
  clock.advance(DAY_MS / 4);
  answer.status = 500;
  expect(await cache.get()).toBe(first);
  await vi.waitFor(() => expect(reads()).toBe(2));
  expect(await cache.get()).toBe(first);
});

test('the first request of a new epoch waits for its parameters', async () => {
  const { cache, answer, clock } = await factsOf();
  await cache.get();
  clock.advance(DAY_MS);
  answer.json = parameters({ epoch: 3, min_fee_a: 45 });
  expect((await cache.get()).parameters).toMatchObject({ epoch: 3, minFeePerByte: 45n });
});

test('a provider that still answers with the old epoch is trusted, and asked again after a pause', async () => {
  const { cache, answer, clock, reads } = await factsOf();
  await cache.get();
  clock.advance(DAY_MS);
  expect((await cache.get()).parameters.epoch).toBe(2);
  expect((await cache.get()).parameters.epoch).toBe(2);
  expect(reads()).toBe(2);
  clock.advance(10_000);
  answer.json = parameters({ epoch: 3 });
  expect((await cache.get()).parameters.epoch).toBe(3);
});

test('old parameters do not replace those of a provider that fails in a new epoch', async () => {
  const { cache, answer, clock } = await factsOf();
  await cache.get();
  clock.advance(DAY_MS);
  answer.status = 503;
  await expect(cache.get()).rejects.toThrow(ChainProviderError);
  answer.status = 200;
  answer.json = parameters({ epoch: 3 });
  expect((await cache.get()).parameters.epoch).toBe(3);
});
