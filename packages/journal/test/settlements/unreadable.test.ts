import { ok } from '@x402-facilitator/cardano';
import {
  createRedisJournal,
  type SettlementIndex,
  settlementsIn,
  type UnreadableSettlement,
} from '@x402-facilitator/journal';
import { beforeEach, describe, expect, it } from 'vitest';
import { bytesAt, DAMAGES, recordKey } from '../support/damage.js';
import { changeTo, claimOf, input, NETWORK, present, txHash, useJournal } from '../support/harness.js';

describe.each(DAMAGES)('a record %s', (_name, damage, reason) => {
  const harness = useJournal({ stabilityMs: 0 });
  const damaged = txHash(1);
  const key = recordKey(damaged);
  let reported: UnreadableSettlement[];
  let journal: ReturnType<typeof createRedisJournal>;
  const unreadable = { network: NETWORK, txHash: damaged, reason: expect.stringMatching(reason) };

  /** A confirmed settlement, whose record is then damaged, and a good one beside it. */
  beforeEach(async () => {
    reported = [];
    journal = createRedisJournal({
      redis: harness.redis,
      policy: { stabilityMs: 0 },
      onUnreadable: (record) => reported.push(record),
    });
    await journal.claim(claimOf(1));
    await journal.claim(claimOf(2));
    for (const to of ['submitting', 'submitted', 'included', 'confirmed'] as const)
      await journal.transition(changeTo(to, { txHash: damaged }));
    await damage(harness.redis, key);
  });

  it('is named with its fault, while a good record beside it is read', async () => {
    const readings = await journal.readMany(NETWORK, [damaged, txHash(2), txHash(3)]);
    expect(readings[0]).toMatchObject({ ok: false, error: unreadable });
    expect(readings[1]).toMatchObject(ok({ txHash: txHash(2), state: 'queued' }));
    expect(readings[2]).toEqual(ok(undefined));
    expect(settlementsIn(readings).map((settlement) => settlement.txHash)).toEqual([txHash(2)]);
    expect(await journal.inFlight(NETWORK, damaged, [])).toMatchObject({ ok: false, error: unreadable });
  });

  it('is reported once, however often it is met, and listed until it can be read again', async () => {
    for (let time = 0; time < 3; time += 1) await journal.read(NETWORK, damaged);
    await journal.transition(changeTo('submitted', { txHash: damaged }));
    expect(reported).toMatchObject([unreadable]);
    expect(await journal.unreadable(NETWORK)).toMatchObject([unreadable]);
    await harness.redis.del(key);
    expect(await journal.unreadable(NETWORK)).toEqual([]);
  });

  it('stays as it is, byte for byte, when anything tries to change it', async () => {
    const before = await bytesAt(harness.redis, key);
    const outcome = { kind: 'unreadable', record: unreadable };
    for (const to of ['submitting', 'submitted', 'included', 'confirmed', 'failed', 'expired'] as const)
      expect(await journal.transition(changeTo(to, { txHash: damaged }))).toMatchObject(outcome);
    expect(await journal.claim(claimOf(1))).toMatchObject(outcome);
    expect(await journal.claim(claimOf(1, { binding: 'other' }))).toMatchObject(outcome);
    expect(await journal.deliver(NETWORK, damaged)).toMatchObject(outcome);
    expect(await journal.conclude(NETWORK, damaged)).toBe(false);
    await journal.postpone(NETWORK, damaged, Date.now());
    expect(await bytesAt(harness.redis, key)).toBe(before);
  });

  it('still holds its inputs against every other transaction', async () => {
    const rival = claimOf(9, { inputs: [input(1)] });
    expect(await journal.claim(rival)).toEqual({
      kind: 'input-reserved',
      input: input(1),
      heldBy: damaged,
    });
  });

  it('hides no other record from the indexes, the scan of all, the backlog or a rollback', async () => {
    await journal.transition(changeTo('included', { txHash: txHash(2) }));
    const found = await journal.includedAbove(NETWORK, 0);
    expect(found.map((settlement) => settlement.txHash)).toEqual([txHash(2)]);
    expect(await journal.backlog(NETWORK)).toMatchObject([{ state: 'included', count: 1 }]);
    const all = [];
    for await (const readings of journal.all(NETWORK)) all.push(...readings);
    expect(settlementsIn(all).map((settlement) => settlement.txHash)).toEqual([txHash(2)]);
    expect(all.filter((reading) => !reading.ok)).toHaveLength(1);
  });
});

describe('records that cannot be read', () => {
  const harness = useJournal({ stabilityMs: 0 });

  it.each<[string, (index: SettlementIndex, nowMs: number) => Promise<readonly string[]>]>([
    ['due', (index, nowMs) => index.due(NETWORK, nowMs, 2)],
    ['overdue', (index, nowMs) => index.overdue(NETWORK, nowMs, 2)],
    ['awaiting', (index) => index.awaiting(NETWORK, 2)],
  ])('do not fill the batches of %s; each is tried again after a minute', async (_name, batch) => {
    let nowMs = Date.now();
    const journal = createRedisJournal({ redis: harness.redis, now: () => nowMs });
    for (const seed of [1, 2, 3, 4]) {
      await journal.claim(claimOf(seed, { expiresAtMs: nowMs + seed }));
      if (seed < 4) await harness.redis.hset(recordKey(txHash(seed)), 'schemaVersion', '2');
    }
    nowMs += 60_000;
    expect(await batch(journal, nowMs)).toEqual([txHash(1), txHash(2)]);
    await journal.readMany(NETWORK, [txHash(1), txHash(2)]);
    expect(await batch(journal, nowMs)).toEqual([txHash(3), txHash(4)]);
    nowMs += 60_001;
    await harness.redis.hset(recordKey(txHash(1)), 'schemaVersion', '1');
    expect(await batch(journal, nowMs)).toEqual([txHash(1), txHash(2)]);
    expect(present(await journal.read(NETWORK, txHash(1))).state).toBe('queued');
  });
});
