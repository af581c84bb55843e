import type { AssetId, ChannelChange, TxHash } from '@x402-facilitator/cardano';
import { LOVELACE } from '@x402-facilitator/cardano';
import { readChannelBooks, type SettlementState } from '@x402-facilitator/journal';
import { expect, it } from 'vitest';
import { BLOCK, changeTo, claimOf, NETWORK, present, txHash, useJournal } from '../support/harness.js';

const IN_BLOCK = ['submitting', 'submitted', 'included'] as const;
const CONFIRMED = [...IN_BLOCK, 'confirmed'] as const;
const DAY_MS = 86_400_000;
const USDM = 'c48cbb3d5e57ed56e276bc45f99ab39abe94e6cd7ac39fb402da47ad.0014df105553444d' as AssetId;
const UNKNOWN = `${'ab'.repeat(28)}.00` as AssetId;
/** More than a double counts exactly, and all that one output can hold. */
const MAX_QUANTITY = 18_446_744_073_709_551_615n;
const KEYS = ['channels', 'channels:held', 'channels:settled'].map(
  (name) => `{x402}:journal:preview:${name}`,
);

const harness = useJournal({ stabilityMs: 0, retentionMs: 300 });

async function read() {
  const { open, locked, oldestClaimAtMs } = present(await readChannelBooks(harness.redis, NETWORK));
  const some = [...locked].filter(([, amount]) => amount !== 0n);
  return { open, locked: Object.fromEntries(some), oldestClaimAtMs };
}

async function advance(hash: TxHash, states: readonly SettlementState[], height = BLOCK.height) {
  for (const to of states) {
    const change = to === 'included' ? { change: { block: { ...BLOCK, height } } } : {};
    const outcome = await harness.journal.transition(changeTo(to, { txHash: hash, ...change } as never));
    expect(outcome).toMatchObject({ kind: 'changed' });
  }
}

const channelId = (channel: number) => channel.toString(16).padStart(64, '0');
const change = (
  channel: number,
  before: bigint,
  after: bigint,
  asset: AssetId = LOVELACE,
): ChannelChange => ({ channelId: channelId(channel), asset, before, after });

/** Accepts a transaction on channels and takes it through some states. */
async function settle(
  seed: number,
  kind: 'deposit' | 'claim' | 'refund',
  channels: readonly ChannelChange[],
  { states = CONFIRMED, height }: { states?: readonly SettlementState[]; height?: number } = {},
) {
  await harness.journal.claim(claimOf(seed, { kind, channels }));
  await advance(txHash(seed), states, height);
}

it('books of an empty journal are empty, and payments leave them so', async () => {
  await harness.journal.claim(claimOf(1));
  await advance(txHash(1), CONFIRMED);
  expect(await read()).toEqual({ open: 0, locked: {}, oldestClaimAtMs: undefined });
  expect(await harness.redis.exists(...KEYS)).toBe(0);
});

it('a channel is opened, topped up, claimed from and closed', async () => {
  await settle(1, 'deposit', [change(1, 0n, 50n)]);
  expect(await read()).toMatchObject({ open: 1, locked: { lovelace: 50n } });
  await settle(2, 'deposit', [change(1, 50n, 80n)]);
  await settle(3, 'claim', [change(1, 80n, 60n)]);
  expect(await read()).toMatchObject({ open: 1, locked: { lovelace: 60n } });
  await settle(4, 'refund', [change(1, 60n, 0n)]);
  expect(await read()).toMatchObject({ open: 0, locked: {} });
});

it('nothing is entered before it is confirmed, nor when it fails', async () => {
  await settle(1, 'deposit', [change(1, 0n, 50n)], { states: IN_BLOCK });
  await settle(2, 'deposit', [change(2, 0n, 50n)], { states: ['submitting', 'failed'] });
  expect(await read()).toMatchObject({ open: 0, locked: {} });
});

it('amounts are exact, by asset; those of unknown assets are one sum', async () => {
  for (let seed = 1; seed <= 3; seed += 1) {
    await settle(seed, 'deposit', [change(seed, 0n, MAX_QUANTITY, USDM)]);
    const other = `${UNKNOWN}0${seed}` as AssetId;
    await settle(seed + 10, 'deposit', [change(seed + 10, 0n, MAX_QUANTITY, other)]);
  }
  await settle(20, 'claim', [change(1, MAX_QUANTITY, MAX_QUANTITY - 1n, USDM)]);
  expect(await read()).toMatchObject({
    open: 6,
    locked: { [USDM]: 3n * MAX_QUANTITY - 1n, other: 3n * MAX_QUANTITY },
  });
});

it('a claim shows channels that were not opened here, and a channel claimed for the last time is not open', async () => {
  await settle(1, 'claim', [change(1, 90n, 40n), change(2, 70n, 0n)]);
  expect(await read()).toMatchObject({ open: 1, locked: { lovelace: 40n } });
});

it('a rollback restores what was before, and a second confirmation enters it once', async () => {
  await settle(1, 'deposit', [change(1, 0n, 50n)]);
  await settle(2, 'refund', [change(1, 50n, 0n)], { height: BLOCK.height + 5 });
  await advance(txHash(2), ['submitted']);
  expect(await read()).toMatchObject({ open: 1, locked: { lovelace: 50n } });
  await advance(txHash(2), ['included', 'confirmed', 'confirmed'], BLOCK.height + 3);
  expect(await read()).toMatchObject({ open: 0, locked: {} });
  await advance(txHash(1), ['submitted']);
  expect(await read()).toMatchObject({ open: 0, locked: {} });
});

it('an opening that is asked to be deeper than the claim after it does not undo the claim', async () => {
  await settle(1, 'deposit', [change(1, 0n, 50n)], { states: IN_BLOCK });
  await settle(2, 'claim', [change(1, 50n, 20n)], { height: BLOCK.height + 1 });
  await advance(txHash(1), ['confirmed']);
  expect(await read()).toMatchObject({ open: 1, locked: { lovelace: 20n } });
});

it('a channel that nothing is settled on for 30 days is forgotten with the next settlement on another', async () => {
  const startMs = Date.now();
  harness.at(startMs);
  await settle(1, 'deposit', [change(1, 0n, 50n)]);
  harness.at(startMs + DAY_MS);
  await settle(2, 'deposit', [change(2, 0n, 7n)]);
  harness.at(startMs + 30 * DAY_MS + 1);
  await settle(3, 'deposit', [change(3, 0n, 4n)]);
  expect(await read()).toMatchObject({ open: 2, locked: { lovelace: 11n } });
  expect(await harness.redis.hlen('{x402}:journal:preview:channels:held')).toBe(2);
});

it('beyond 100 000 channels the one goes that was not settled on for the longest', async () => {
  const full = harness.redis.pipeline();
  const nowMs = Date.now();
  for (let from = 0; from < 100_000; from += 1000) {
    const batch = Array.from({ length: 1000 }, (_each, at) => channelId(1000 + from + at));
    full.hset(
      '{x402}:journal:preview:channels:held',
      ...batch.flatMap((id) => [id, JSON.stringify(['lovelace', '1', txHash(1), 1])]),
    );
    full.zadd(
      '{x402}:journal:preview:channels:settled',
      ...batch.flatMap((id, at) => [nowMs - 200_000 + from + at, id]),
    );
  }
  full.hset('{x402}:journal:preview:channels', { open: '100000', 'locked:lovelace': '100000' });
  await full.exec();
  await settle(1, 'deposit', [change(1, 0n, 5n), change(2, 0n, 6n)]);
  expect(await read()).toMatchObject({ open: 100_000, locked: { lovelace: 100_009n } });
  expect(
    await harness.redis.hmget('{x402}:journal:preview:channels:held', channelId(1000), channelId(1001)),
  ).toEqual([null, null]);
});

it('the oldest claim that is not done is known, whatever else waits', async () => {
  harness.at(5_000);
  await settle(1, 'deposit', [change(1, 0n, 50n)], { states: [] });
  harness.at(6_000);
  await settle(2, 'claim', [change(1, 50n, 20n)], { states: IN_BLOCK });
  harness.at(7_000);
  await settle(3, 'claim', [change(2, 50n, 20n)], { states: [] });
  expect(await read()).toMatchObject({ oldestClaimAtMs: 6_000 });
  await advance(txHash(2), ['confirmed']);
  expect(await read()).toMatchObject({ oldestClaimAtMs: 7_000 });
  await advance(txHash(2), ['submitted']);
  expect(await read()).toMatchObject({ oldestClaimAtMs: 6_000 });
  await advance(txHash(2), ['failed']);
  await advance(txHash(3), ['expired']);
  expect(await read()).toMatchObject({ oldestClaimAtMs: undefined });
});

it.each(KEYS)('no settlement waits for a damaged %s', async (key) => {
  await harness.redis.set(key, 'damaged');
  await settle(1, 'deposit', [change(1, 0n, 50n)]);
  await advance(txHash(1), ['submitted']);
  expect(await harness.redis.get(key)).toBe('damaged');
  const books = await readChannelBooks(harness.redis, NETWORK);
  expect(books.ok).toBe(key !== KEYS[0]);
});

it.each(['no JSON', '7', '[7]', '[["id"]]', '{"a":1}'])('nor for changes that read %s', async (changes) => {
  await harness.journal.claim(claimOf(1, { kind: 'deposit', channels: [change(1, 0n, 50n)] }));
  await harness.redis.hset(`{x402}:journal:preview:settlement:${txHash(1)}`, 'channels', changes);
  await advance(txHash(1), CONFIRMED);
  expect(await read()).toMatchObject({ open: 0, locked: {} });
});
