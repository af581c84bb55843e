import type { AssetId, TxHash } from '@x402-facilitator/cardano';
import { KNOWN_ASSET_IDS, LOVELACE, ok } from '@x402-facilitator/cardano';
import { createJournalTotals, type SettlementState } from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
import { changeTo, claimOf, NETWORK, present, txHash, useJournal } from '../support/harness.js';
import type { SettlementClaim } from '../support/index.js';

const CONFIRMED = ['submitting', 'submitted', 'included', 'confirmed'] as const;
/** More than a double counts exactly, and all that one output can hold. */
const MAX_QUANTITY = 18_446_744_073_709_551_615n;

describe('the totals', () => {
  const harness = useJournal({ stabilityMs: 0, retentionMs: 300 });
  const read = async () => {
    const [totals] = await createJournalTotals(harness.redis).read([NETWORK]);
    if (totals === undefined) throw new Error('expected the totals of one network');
    return present(totals);
  };
  const advance = async (hash: TxHash, ...states: readonly SettlementState[]) => {
    for (const to of states)
      expect(await harness.journal.transition(changeTo(to, { txHash: hash }))).toMatchObject({
        kind: 'changed',
      });
  };
  const settle = async (
    seed: number,
    states: readonly SettlementState[],
    claim?: Partial<SettlementClaim>,
  ) => {
    await harness.journal.claim(claimOf(seed, claim));
    await advance(txHash(seed), ...states);
  };

  it('of an empty journal are zero', async () => {
    expect(await read()).toEqual({
      network: NETWORK,
      accepted: 0,
      pending: 0,
      confirmed: 0,
      failed: 0,
      expired: 0,
      uncounted: 0,
      volume: new Map(),
    });
  });

  it('outlive the records', async () => {
    const expiresAtMs = Date.now();
    await settle(1, CONFIRMED, { expiresAtMs });
    await settle(2, ['submitting', 'failed'], { expiresAtMs });
    await settle(3, ['expired'], { expiresAtMs });
    expect(await harness.journal.conclude(NETWORK, txHash(1))).toBe(true);
    await expect
      .poll(() => harness.journal.readMany(NETWORK, [1, 2, 3].map(txHash)))
      .toEqual([ok(undefined), ok(undefined), ok(undefined)]);
    expect(await read()).toEqual({
      network: NETWORK,
      sinceMs: expect.any(Number),
      firstSettledAtMs: expect.any(Number),
      accepted: 3,
      pending: 0,
      confirmed: 1,
      failed: 1,
      expired: 1,
      uncounted: 0,
      volume: new Map([[LOVELACE, 2_000_000n]]),
    });
  });

  it('sum amounts exactly, far beyond what a number holds', async () => {
    for (let seed = 1; seed <= 30; seed += 1) await settle(seed, CONFIRMED, { amount: MAX_QUANTITY });
    expect((await read()).volume.get(LOVELACE)).toBe(30n * MAX_QUANTITY);
  });

  it('take a confirmation back with its block, and count it once when it comes again', async () => {
    await settle(1, CONFIRMED, { amount: 7n });
    await advance(txHash(1), 'submitted');
    expect(await read()).toMatchObject({ confirmed: 0, pending: 1, volume: new Map([[LOVELACE, 0n]]) });
    await advance(txHash(1), 'included', 'confirmed', 'confirmed');
    expect(await read()).toMatchObject({ confirmed: 1, pending: 0, volume: new Map([[LOVELACE, 7n]]) });
  });

  it('count a confirmation that failed in the end as failed', async () => {
    await settle(1, [...CONFIRMED, 'submitted', 'failed']);
    expect(await read()).toMatchObject({
      accepted: 1,
      confirmed: 0,
      failed: 1,
      volume: new Map([[LOVELACE, 0n]]),
    });
  });

  it('never subtract what a version without totals confirmed', async () => {
    const record = `{x402}:journal:preview:settlement:${txHash(1)}`;
    await settle(1, CONFIRMED);
    await harness.redis.del('{x402}:journal:preview:totals');
    await harness.redis.hdel(record, 'countedAs');
    await advance(txHash(1), 'submitted');
    expect(await read()).toMatchObject({ confirmed: 0, volume: new Map() });
    await advance(txHash(1), 'included', 'confirmed');
    expect(await read()).toMatchObject({ confirmed: 1, volume: new Map([[LOVELACE, 2_000_000n]]) });
  });

  it('keep a bounded number of sums: known assets always, of the rest the first 200', async () => {
    const asset = (index: number) => `${'ab'.repeat(28)}.${index.toString(16).padStart(4, '0')}` as AssetId;
    for (let index = 0; index < 201; index += 1) await settle(index + 1, CONFIRMED, { asset: asset(index) });
    for (const [index, known] of KNOWN_ASSET_IDS.entries())
      await settle(500 + index, CONFIRMED, { asset: known as AssetId });
    const totals = await read();
    expect(totals).toMatchObject({ confirmed: 201 + KNOWN_ASSET_IDS.length, uncounted: 1 });
    expect(totals.volume.size).toBe(200 + KNOWN_ASSET_IDS.length);
    await advance(txHash(201), 'submitted');
    expect(await read()).toMatchObject({ uncounted: 0 });
  });
});
