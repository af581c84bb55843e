import { type AssetId, LOVELACE, type Network } from '@x402-facilitator/cardano';
import {
  createKeyStore,
  createKeyUsage,
  createRedisJournal,
  type SettlementState,
} from '@x402-facilitator/journal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_USAGE_ASSETS, PERIODS } from '../../src/usage/script.js';
import { changeTo, claimOf, NETWORK, txHash, useJournal } from '../support/harness.js';
import type { SettlementClaim } from '../support/index.js';

const harness = useJournal();
const CONFIRMED = ['submitting', 'submitted', 'included', 'confirmed'] as const;
const PREPROD: Network = 'cardano:preprod';
/** More than a double counts exactly. */
const HUGE = 18_446_744_073_709_551_615n;

const openJournal = () => createRedisJournal({ redis: harness.connect(), countsUsage: true });
const claim = (seed: number, overrides: Partial<SettlementClaim> = {}) =>
  createRedisJournal({ redis: harness.redis, countsUsage: true }).claim(
    claimOf(seed, { keyName: 'shop', ...overrides }),
  );
const advance = async (seed: number, ...states: readonly SettlementState[]) => {
  for (const to of states)
    expect(await harness.journal.transition(changeTo(to, { txHash: txHash(seed) }))).toMatchObject({
      kind: 'changed',
    });
};
async function makeKey(quotas: unknown, network: Network = NETWORK) {
  const made = await createKeyStore(harness.redis).create({
    name: 'shop',
    role: 'caller',
    settings: { quotas: { [network]: quotas } },
  });
  expect(made).toMatchObject({ ok: true });
}
async function usage(keyName = 'shop', network: Network = NETWORK) {
  const [of] = await createKeyUsage(harness.redis).read([network], keyName);
  if (of === undefined) throw new Error('expected the usage of one network');
  return of;
}
const settlements = async (keyName?: string) => (await usage(keyName)).day.settlements;
const volume = async (asset: AssetId = LOVELACE) => (await usage()).day.volume.get(asset);

describe('what a key settles', () => {
  it('is counted when it is claimed, and released when it ends unpaid', async () => {
    for (const seed of [1, 2, 3, 4]) expect((await claim(seed)).kind).toBe('claimed');
    await advance(1, ...CONFIRMED);
    await advance(2, 'submitting', 'failed');
    await advance(3, 'expired');
    const expected = {
      verifications: 0,
      settlements: { used: 2, pending: 1, confirmed: 1, failed: 1, expired: 1 },
      volume: new Map([[LOVELACE, { used: 4_000_000n, confirmed: 2_000_000n }]]),
    };
    expect(await usage()).toMatchObject({ network: NETWORK, day: expected, month: expected });
    expect(await settlements('other')).toMatchObject({ used: 0 });
    expect((await usage('shop', PREPROD)).month.settlements.used).toBe(0);
  });

  it('stays used through a rollback, and is confirmed once', async () => {
    await claim(1);
    await advance(1, ...CONFIRMED, 'submitted');
    expect(await settlements()).toMatchObject({ used: 1, pending: 1, confirmed: 0 });
    expect(await volume()).toEqual({ used: 2_000_000n, confirmed: 0n });
    await advance(1, 'included', 'confirmed', 'confirmed');
    expect(await settlements()).toMatchObject({ used: 1, pending: 0, confirmed: 1 });
    await advance(1, 'submitted', 'expired');
    expect(await settlements()).toMatchObject({ used: 0, pending: 0, confirmed: 0, expired: 1 });
    expect(await volume()).toEqual({ used: 0n, confirmed: 0n });
  });

  it('counts to the day of its claim, however late it ends', async () => {
    await claim(1);
    const { day } = await usage();
    const at = (of: string) => `{x402}:usage:${NETWORK}:day:${of}:shop`;
    // As if it had been claimed on another day.
    await harness.redis.rename(at(day.period), at('2020-02-29'));
    await harness.redis.hset(`{x402}:journal:preview:settlement:${txHash(1)}`, 'usage', '2020-02-29');
    await advance(1, ...CONFIRMED, 'submitted', 'expired');
    expect(await settlements()).toMatchObject({ used: 0, expired: 0 });
    expect(await harness.redis.hgetall(at('2020-02-29'))).toMatchObject({
      claimed: '1',
      confirmed: '1',
      reversed: '1',
      released: '1',
      'released:lovelace': '2000000',
    });
  });

  it('is not counted twice for a call that joins, nor for one that is refused', async () => {
    await claim(1);
    expect((await claim(1)).kind).toBe('joined');
    expect((await claim(1, { binding: 'other' })).kind).toBe('bound-elsewhere');
    expect((await claim(2, { inputs: claimOf(1).inputs })).kind).toBe('input-reserved');
    expect(await settlements()).toMatchObject({ used: 1 });
  });

  it('sums amounts exactly, far beyond what a number holds', async () => {
    for (let seed = 1; seed <= 30; seed += 1) await claim(seed, { amount: HUGE });
    await advance(7, 'expired');
    expect(await volume()).toEqual({ used: 29n * HUGE, confirmed: 0n });
  });

  it('counts a channel’s deposit, and its amount only when it is claimed', async () => {
    await claim(1, { kind: 'deposit' });
    await claim(2, { kind: 'claim', amount: 5n });
    expect(await settlements()).toMatchObject({ used: 2 });
    expect(await volume()).toEqual({ used: 5n, confirmed: 0n });
    await advance(1, 'expired');
    expect(await volume()).toEqual({ used: 5n, confirmed: 0n });
  });

  it('in ever new assets cannot grow its numbers without bound, and a quota’s asset is summed all the same', async () => {
    await makeKey({ volume: { [`${'ff'.repeat(28)}.`]: { day: '100' } } });
    const assetOf = (seed: number) => `${seed.toString(16).padStart(56, '0')}.` as AssetId;
    for (let seed = 1; seed <= MAX_USAGE_ASSETS + 5; seed += 1) await claim(seed, { asset: assetOf(seed) });
    const summed = (await usage()).month.volume;
    expect(summed.size).toBe(MAX_USAGE_ASSETS);
    expect(await settlements()).toMatchObject({ used: MAX_USAGE_ASSETS + 5 });
    await advance(MAX_USAGE_ASSETS + 5, 'expired');
    expect((await usage()).month.volume).toEqual(summed);
    const named = `${'ff'.repeat(28)}.` as AssetId;
    await claim(1000, { asset: named, amount: 100n });
    expect(await volume(named)).toEqual({ used: 100n, confirmed: 0n });
    expect((await claim(1001, { asset: named, amount: 1n })).kind).toBe('quota-reached');
  });

  it.each(['a\nb', '{y}', 'x:day:2026-01-01:y', '__proto__', 'ключ "1"', '*'])(
    'under the configured name %j is its own alone',
    async (keyName) => {
      await claim(1, { keyName });
      await claim(2, { keyName: `${keyName}2` });
      expect(await settlements(keyName)).toMatchObject({ used: 1 });
      expect(await settlements('2')).toMatchObject({ used: 0 });
    },
  );

  it('is not counted while usage is off, and a stranger’s never is', async () => {
    await harness.journal.claim(claimOf(1, { keyName: 'shop' }));
    await claim(2, { keyName: undefined });
    await advance(1, ...CONFIRMED);
    await advance(2, ...CONFIRMED);
    expect(await harness.redis.keys('{x402}:usage*')).toEqual([]);
  });

  it('is kept for a while only', async () => {
    await claim(1);
    const { day, month } = await usage();
    const seconds = (period: string, of: string) =>
      harness.redis.ttl(`{x402}:usage:${NETWORK}:${period}:${of}:shop`);
    expect(await seconds('day', day.period)).toBeGreaterThan(61 * 86_400);
    expect(await seconds('month', month.period)).toBeGreaterThan(399 * 86_400);
  });

  it('settles whatever is damaged of it', async () => {
    await claim(1);
    const { day, month } = await usage();
    await harness.redis.set(`{x402}:usage:${NETWORK}:day:${day.period}:shop`, 'x');
    await harness.redis.hset(`{x402}:usage:${NETWORK}:month:${month.period}:shop`, 'confirmed', 'x');
    await advance(1, ...CONFIRMED);
  });
});

describe('a quota', () => {
  it('of settlements is given to the unit to a hundred claims at the same moment', async () => {
    await makeKey({ settlements: { day: 10 } });
    const journals = [openJournal(), openJournal(), openJournal(), openJournal()];
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        journals[index % journals.length]?.claim(claimOf(index + 1, { keyName: 'shop' })),
      ),
    );
    expect(outcomes.filter((outcome) => outcome?.kind === 'claimed')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome?.kind === 'quota-reached')).toHaveLength(90);
    expect(await settlements()).toMatchObject({ used: 10 });
  });

  it('says what is reached, and when it ends', async () => {
    await makeKey({ settlements: { day: 1, month: 1 } });
    await claim(1);
    const { month } = await usage();
    expect(await claim(2)).toMatchObject({
      kind: 'quota-reached',
      quota: { what: 'settlements', period: 'month', limit: 1n, used: 1n, endsAtMs: month.endsAtMs },
    });
    const [year = 0, number = 0] = month.period.split('-').map(Number);
    expect(month.endsAtMs).toBe(Date.UTC(year, number, 1));
  });

  it('is free again when a settlement ends unpaid, and a call that joins needs none', async () => {
    await makeKey({ settlements: { day: 1 } });
    await claim(1);
    expect((await claim(2)).kind).toBe('quota-reached');
    expect((await claim(1)).kind).toBe('joined');
    await advance(1, 'expired');
    expect((await claim(2)).kind).toBe('claimed');
  });

  it('of volume is exact beyond what a number holds', async () => {
    await makeKey({ volume: { lovelace: { month: String(3n * HUGE) } } });
    for (const seed of [1, 2]) expect((await claim(seed, { amount: HUGE })).kind).toBe('claimed');
    expect(await claim(3, { amount: HUGE + 1n })).toMatchObject({
      quota: { what: 'volume', period: 'month', asset: LOVELACE, limit: 3n * HUGE, used: 2n * HUGE },
    });
    expect((await claim(4, { amount: HUGE })).kind).toBe('claimed');
    expect((await claim(5, { amount: 1n })).kind).toBe('quota-reached');
    await advance(1, 'expired');
    expect((await claim(6, { amount: HUGE })).kind).toBe('claimed');
  });

  it('of nothing refuses all, and a huge one refuses none', async () => {
    await makeKey({ settlements: { day: 0 }, verifications: { day: Number.MAX_SAFE_INTEGER } });
    expect((await claim(1)).kind).toBe('quota-reached');
    expect(await createKeyUsage(harness.redis).countVerification(NETWORK, 'shop')).toMatchObject({
      ok: true,
    });
    await createKeyStore(harness.redis).change('shop', {
      quotas: {
        [NETWORK]: {
          settlements: { day: 9_007_199_254_740_991 },
          volume: { lovelace: { day: '9'.repeat(39) } },
        },
      },
    });
    expect((await claim(1)).kind).toBe('claimed');
  });

  it('of verifications is given to the unit, and is of its network', async () => {
    await makeKey({ verifications: { day: 10 } });
    const count = createKeyUsage(harness.redis);
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => count.countVerification(NETWORK, 'shop')),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(10);
    expect(outcomes.find(({ ok }) => !ok)).toMatchObject({
      error: {
        kind: 'quota-reached',
        quota: { what: 'verifications', period: 'day', limit: 10n, used: 10n },
      },
    });
    expect(await count.countVerification(PREPROD, 'shop')).toMatchObject({ ok: true });
    expect((await usage()).day.verifications).toBe(10);
  });

  it('changed by an operator counts from the next call', async () => {
    await makeKey({ settlements: { day: 1 } });
    await claim(1);
    await createKeyStore(harness.redis).change('shop', {
      quotas: { [NETWORK]: { settlements: { day: 2 } } },
    });
    expect((await claim(2)).kind).toBe('claimed');
    expect((await claim(3)).kind).toBe('quota-reached');
  });

  it('is of no use to a key that was revoked: it neither claims nor verifies from that moment', async () => {
    await makeKey({});
    await claim(1);
    await createKeyStore(harness.redis).revoke('shop', 'stolen');
    expect((await claim(2)).kind).toBe('key-revoked');
    expect(await createKeyUsage(harness.redis).countVerification(NETWORK, 'shop')).toMatchObject({
      error: { kind: 'key-revoked' },
    });
    await advance(1, ...CONFIRMED);
    expect(await settlements()).toMatchObject({ used: 1, confirmed: 1 });
  });

  it('is not passed where its numbers are damaged: nothing is claimed', async () => {
    await makeKey({ settlements: { day: 5 } });
    const { day } = await usage();
    await harness.redis.set(`{x402}:usage:${NETWORK}:day:${day.period}:shop`, 'x');
    await expect(claim(1)).rejects.toThrow('WRONGTYPE');
    expect(await harness.redis.keys('{x402}:journal*')).toEqual([]);
  });
});

it('the days of Redis are those of the calendar', async () => {
  const script = `local network = ''\n${PERIODS}\nreturn dayOf(tonumber(ARGV[1]))`;
  const seconds = fc.integer({ min: 0, max: 7_258_118_399 });
  await fc.assert(
    fc.asyncProperty(seconds, async (at) => {
      expect(await harness.redis.eval(script, 0, at)).toBe(new Date(at * 1000).toISOString().slice(0, 10));
    }),
    { numRuns: 500, examples: [[0], [951_782_400], [951_868_800], [4_107_542_399], [1_709_164_800]] },
  );
});
