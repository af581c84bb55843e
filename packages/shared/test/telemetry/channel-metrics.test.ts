import { type AssetId, err, LOVELACE, ok, SUPPORTED_SCHEMES } from '@x402-facilitator/cardano';
import type { ChannelBooks, Settlement } from '@x402-facilitator/journal';
import { BLOCK, NETWORK, settlementIn } from '@x402-facilitator/journal/testing';
import { createWorkerMetrics, expose } from '@x402-facilitator/shared/telemetry';
import { expect, test } from 'vitest';
import { parseExposition } from '../support/exposition.js';

const USDM = 'c48cbb3d5e57ed56e276bc45f99ab39abe94e6cd7ac39fb402da47ad.0014df105553444d' as AssetId;
const BOOKS: ChannelBooks = {
  open: 3,
  locked: new Map<AssetId | 'other', bigint>([
    [LOVELACE, 12_500_000n],
    [USDM, 1n],
    ['other', 7n],
  ]),
  oldestClaimAtMs: 4_000,
};

function opened() {
  const { registry, channels } = createWorkerMetrics({ schemes: SUPPORTED_SCHEMES, version: '1' });
  return { channels, shown: async () => parseExposition((await expose(registry)).body) };
}

test('a network without channels shows none of their metrics', async () => {
  const { shown } = opened();
  const page = await shown();
  for (const name of ['x402_active_subscriptions', 'x402_credit_balance', 'channel_claims_total'])
    expect(page.value(name), name).toBeUndefined();
});

test('channels, what they hold in whole units, and the age of the oldest claim are read at each scrape', async () => {
  const { channels, shown } = opened();
  let books: ChannelBooks | undefined = BOOKS;
  channels.watch(
    NETWORK,
    async () => (books === undefined ? err('damaged') : ok(books)),
    () => 9_500,
  );
  const page = await shown();
  expect(page.value('x402_active_subscriptions')).toBe(3);
  expect(page.value('x402_credit_balance', { asset: 'ADA' })).toBe(12.5);
  expect(page.value('x402_credit_balance', { asset: 'USDM' })).toBe(0.000001);
  expect(page.value('x402_credit_balance', { asset: 'other' })).toBe(7);
  expect(page.value('channel_claim_oldest_pending_seconds')).toBe(5.5);
  expect(page.value('channel_claims_total', { outcome: 'failed' })).toBe(0);
  books = { ...BOOKS, oldestClaimAtMs: undefined };
  expect((await shown()).value('channel_claim_oldest_pending_seconds')).toBe(0);
  // Absent is not zero.
  books = undefined;
  expect((await shown()).value('x402_active_subscriptions')).toBeUndefined();
});

test('each kind is counted by its outcome, and payments are not', async () => {
  const { channels, shown } = opened();
  const failed = { ...settlementIn('failed'), kind: 'claim' } as Settlement;
  const proof = { kind: 'superseded', input: `${'00'.repeat(32)}#0`, by: failed.txHash, block: BLOCK };
  channels.ended({ ...settlementIn('confirmed'), kind: 'deposit' } as Settlement);
  channels.ended(failed);
  channels.ended({ ...failed, proof } as Settlement);
  channels.ended({ ...settlementIn('expired'), kind: 'refund' } as Settlement);
  channels.ended(settlementIn('confirmed'));
  const page = await shown();
  expect(page.value('channel_deposits_total', { outcome: 'confirmed' })).toBe(1);
  expect(page.value('channel_deposits_total')).toBe(1);
  expect(page.value('channel_claims_total', { outcome: 'failed' })).toBe(1);
  expect(page.value('channel_claims_total', { outcome: 'superseded' })).toBe(1);
  expect(page.value('channel_closes_total', { outcome: 'expired' })).toBe(1);
});
