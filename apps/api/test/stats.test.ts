import type { AssetId } from '@x402-facilitator/cardano';
import { createPauseSwitch } from '@x402-facilitator/journal';
import { claimOf, txHash } from '@x402-facilitator/journal/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harness, NETWORK, startHarness } from './support/harness.js';
import { send } from './support/requests.js';
import { type RunningApi, startApi } from './support/start-api.js';

const USDM = 'c48cbb3d5e57ed56e276bc45f99ab39abe94e6cd7ac39fb402da47ad.0014df105553444d' as AssetId;
const UNKNOWN = `${'ab'.repeat(28)}.00` as AssetId;

let harness: Harness;
let api: RunningApi;

beforeAll(async () => {
  harness = await startHarness();
  api = await harness.startApi();
});

afterAll(() => harness.close());

const stats = async (url = api.url) => send(`${url}/stats`);

/** Claims a new settlement and takes it to its end. */
async function settle(seed: number, to: 'confirmed' | 'failed' | 'queued', asset?: AssetId, amount = 1n) {
  await harness.journal.claim(claimOf(seed, { amount, ...(asset === undefined ? {} : { asset }) }));
  if (to === 'failed') await harness.advance(txHash(seed), 'submitting', 'failed');
  if (to === 'confirmed')
    await harness.advance(txHash(seed), 'submitting', 'submitted', 'included', 'confirmed');
}

describe('GET /stats', () => {
  test('of a fresh journal is all zeros', async () => {
    const { status, headers, body } = await stats();
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const settlements = { accepted: 0, pending: 0, confirmed: 0, failed: 0, expired: 0 };
    expect(body).toEqual({
      version: '0.0.0-test',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      uptimeSeconds: expect.any(Number),
      total: { settlements, volumeUsd: '0' },
      networks: {
        [NETWORK]: {
          since: null,
          firstSettledAt: null,
          settlements,
          volume: [],
          otherAssets: { confirmed: 0 },
          volumeUsd: '0',
        },
      },
    });
  });

  test('counts outcomes, and sums volumes per asset and in dollars', async () => {
    await settle(1, 'confirmed', undefined, 2_000_000n);
    await settle(2, 'confirmed', undefined, 2n ** 64n);
    await settle(3, 'confirmed', USDM, 1_250_000n);
    await settle(4, 'confirmed', UNKNOWN, 9n);
    await settle(5, 'failed');
    await settle(6, 'queued');
    const settlements = { accepted: 6, pending: 1, confirmed: 4, failed: 1, expired: 0 };
    const { body } = await stats();
    expect(body).toMatchObject({
      total: { settlements, volumeUsd: '1.25' },
      networks: {
        [NETWORK]: {
          since: expect.stringMatching(/Z$/),
          firstSettledAt: expect.stringMatching(/Z$/),
          settlements,
          volume: [
            { asset: UNKNOWN, symbol: null, decimals: null, amount: '9' },
            { asset: USDM, symbol: 'USDM', decimals: 6, amount: '1250000' },
            { asset: 'lovelace', symbol: 'ADA', decimals: 6, amount: '18446744073711551616' },
          ],
          volumeUsd: '1.25',
        },
      },
    });
  });

  test('is the same on another replica, and after a restart', async () => {
    const other = await harness.startApi();
    const { networks } = (await stats()).body;
    expect((await stats(other.url)).body.networks).toEqual(networks);
  });

  test('is 503 while Redis is away', async () => {
    const alone = await startApi({ redisUrl: 'redis://127.0.0.1:9' });
    try {
      const answer = await stats(alone.url);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.body.error).toBe('unavailable');
    } finally {
      await alone.close();
    }
  });
});

describe('GET /health', () => {
  test('says that an operator has closed the network, since when and why, and is not healthy', async () => {
    const health = async () => (await send(`${api.url}/health`)).body;
    await expect.poll(async () => (await health()).settle).toEqual({ [NETWORK]: { status: 'open' } });
    const door = createPauseSwitch({ redis: harness.redis, network: NETWORK });
    await door.close({ mode: 'draining', sinceMs: Date.UTC(2026, 0, 2), reason: 'maintenance' });
    await expect.poll(health).toMatchObject({
      status: 'degraded',
      settle: {
        [NETWORK]: { status: 'draining', since: '2026-01-02T00:00:00.000Z', reason: 'maintenance' },
      },
    });
    await door.open();
    await expect.poll(async () => (await health()).settle).toEqual({ [NETWORK]: { status: 'open' } });
  });

  test('does not know whether it is closed while Redis is away', async () => {
    const alone = await startApi({ redisUrl: 'redis://127.0.0.1:9' });
    try {
      expect((await send(`${alone.url}/health`)).body.settle).toEqual({ [NETWORK]: { status: 'unknown' } });
    } finally {
      await alone.close();
    }
  });
});
