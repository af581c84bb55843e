import { LOVELACE, ok } from '@x402-facilitator/cardano';
import { callOn, createJournalTotals, HELD_WITHOUT_TTL_MS, ttlEndsAtMs } from '@x402-facilitator/journal';
import { expect, test } from 'vitest';
import {
  changeTo,
  claimOf,
  input,
  NETWORK,
  openJournal,
  present,
  txHash,
  useJournal,
} from '../support/harness.js';

const harness = useJournal();
const YEARS_MS = 10 * 365 * 86_400_000;

/** A claim of a transaction that no slot ends. */
function endless(seed: number, more: Parameters<typeof claimOf>[1] = {}) {
  const { ttl: _ttl, ...claim } = claimOf(seed, { expiresAtMs: Date.now() + HELD_WITHOUT_TTL_MS, ...more });
  return claim;
}

test('a transaction without TTL reads back without one', async () => {
  await harness.journal.claim(endless(1));
  const settlement = present(await harness.journal.read(NETWORK, txHash(1)));
  expect(settlement).not.toHaveProperty('ttl');
  expect(ttlEndsAtMs(settlement)).toBeUndefined();
});

test('an older version reads it as one whose TTL never comes', async () => {
  await harness.journal.claim(endless(1));
  const [key] = await harness.redis.keys('*:settlement:*');
  const stored = await harness.redis.hget(key ?? '', 'ttl');
  expect(stored).toMatch(/^\d+$/);
  expect(Number(stored)).toBe(Number.MAX_SAFE_INTEGER);
});

test('it is never overdue, and stands behind those that are, in every state before a block', async () => {
  await harness.journal.claim(endless(1));
  await harness.journal.claim(claimOf(2));
  for (const to of ['submitting', 'ambiguous', 'submitted'] as const) {
    await harness.journal.transition(changeTo(to, { txHash: txHash(1) }));
    expect(await harness.journal.overdue(NETWORK, Date.now() + YEARS_MS, 10)).toEqual([txHash(2)]);
    expect(await harness.journal.awaiting(NETWORK, 10)).toEqual([txHash(2), txHash(1)]);
    expect(await harness.journal.matchAwaiting(NETWORK, [txHash(1)])).toEqual([txHash(1)]);
  }
});

test('its inputs are free again after its hold, and it is still pending then', async () => {
  const brief = await openJournal({ graceMs: 0 });
  try {
    await brief.journal.claim(endless(1, { expiresAtMs: Date.now() + 200 }));
    const rival = claimOf(2, { inputs: [input(1)] });
    expect((await brief.journal.claim(rival)).kind).toBe('input-reserved');
    await expect.poll(async () => (await brief.journal.claim(rival)).kind).toBe('claimed');
    expect(present(await brief.journal.read(NETWORK, txHash(1))).state).toBe('queued');
    expect(await brief.journal.pending(NETWORK)).toContain(txHash(1));
  } finally {
    await brief.close();
  }
});

test('what moves a channel’s money waits for no receipt, and what is locked in one is not paid yet', async () => {
  for (const [seed, kind] of [
    [1, 'deposit'],
    [2, 'claim'],
    [3, 'payment'],
  ] as const) {
    await harness.journal.claim(endless(seed, { kind, amount: 10n ** BigInt(seed) }));
    for (const to of ['submitting', 'submitted', 'included', 'confirmed'] as const)
      await harness.journal.transition(changeTo(to, { txHash: txHash(seed) }));
  }
  const [due] = await harness.redis.keys('*:receipts-due');
  expect(await harness.redis.zrange(due ?? '', 0, '-1')).toEqual([txHash(3)]);
  expect(await createJournalTotals(harness.redis).read([NETWORK])).toMatchObject([
    ok({ confirmed: 3, volume: new Map([[LOVELACE, 1_100n]]) }),
  ]);
});

test.each(['shop', undefined])('the key that it was claimed with is kept: %s', async (keyName) => {
  await harness.journal.claim(endless(1, { keyName }));
  expect(present(await harness.journal.read(NETWORK, txHash(1))).keyName).toBe(keyName);
});

test('what its success says is kept as it was claimed', async () => {
  const success = { amount: '17', extra: { channelState: { channelId: 'ab', balance: '5' } } };
  await harness.journal.claim(endless(1, { kind: 'deposit', success }));
  expect(await harness.journal.read(NETWORK, txHash(1))).toMatchObject(ok({ success }));
});

test.each(['claim', 'refund', 'deposit'] as const)(
  'whether the success of a %s is had again',
  async (kind) => {
    await harness.journal.claim(endless(1, { kind }));
    for (const to of ['submitting', 'submitted', 'included', 'confirmed'] as const)
      await harness.journal.transition(changeTo(to, { txHash: txHash(1) }));
    const settlement = present(await harness.journal.read(NETWORK, txHash(1)));
    const deliver = (caller: string) => {
      const call = callOn(settlement, { caller, keyName: 'shop', redemption: 'once' });
      return harness.journal.deliver(NETWORK, txHash(1), call);
    };
    expect((await deliver('seller'))?.kind).toBe('delivered');
    expect((await deliver('seller'))?.kind).toBe(kind === 'deposit' ? 'already-delivered' : 'delivered');
    expect((await deliver('another'))?.kind).toBe('already-delivered');
  },
);
