import {
  createChainWindowStore,
  createJournalTotals,
  createPauseSwitch,
  createReceiptStore,
  createWorkerPresence,
} from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
import { journalKey, recordKey, TEXT_DAMAGES } from '../support/damage.js';
import { changeTo, claimOf, NETWORK, present, txHash, useJournal } from '../support/harness.js';
import { JournalCorruptError } from '../support/index.js';

const CONFIRMED = ['submitting', 'submitted', 'included', 'confirmed'] as const;

describe.each(TEXT_DAMAGES)('a value %s', (_name, damage) => {
  const harness = useJournal();

  it('where the place on the chain was is an error to the follower', async () => {
    await damage(harness.redis, journalKey('chain'));
    const windows = createChainWindowStore({ redis: harness.redis, network: NETWORK });
    expect(await windows.read()).toEqual({ ok: false, error: expect.any(String) });
  });

  it('closes the network where the pause was', async () => {
    await damage(harness.redis, journalKey('pause'));
    const pause = createPauseSwitch({ redis: harness.redis, network: NETWORK });
    expect(await pause.read()).toMatchObject({ mode: 'paused' });
    expect(await harness.journal.claim(claimOf(1))).toMatchObject({ kind: 'paused' });
    await pause.open();
    expect(await harness.journal.claim(claimOf(1))).toMatchObject({ kind: 'claimed' });
  });

  it('hides one worker and no other', async () => {
    const presence = createWorkerPresence(harness.redis);
    for (const id of ['a', 'b'])
      await presence.announce({ id, version: '1', startedAtMs: 1, atMs: 1, networks: [] });
    await damage(harness.redis, '{x402}:worker:a');
    expect(await presence.list()).toMatchObject([{ id: 'b' }]);
  });
});

describe.each([
  ['with text for counts', ['accepted', 'confirmed', 'sinceMs', 'paid:lovelace', 'assets']],
  ['of another type', undefined],
] as const)('totals %s', (_name, fields) => {
  const harness = useJournal({ stabilityMs: 0 });

  it('stop no settlement, stay as they are, and are set aside', async () => {
    const key = journalKey('totals');
    const damaged = Object.fromEntries((fields ?? []).map((field) => [field, 'many']));
    if (fields === undefined) await harness.redis.set(key, 'by hand');
    else await harness.redis.hset(key, damaged);
    expect(await harness.journal.claim(claimOf(1))).toMatchObject({ kind: 'claimed' });
    for (const to of CONFIRMED)
      expect(await harness.journal.transition(changeTo(to, { txHash: txHash(1) }))).toMatchObject({
        kind: 'changed',
      });
    expect(await harness.journal.transition(changeTo('submitted', { txHash: txHash(1) }))).toMatchObject({
      kind: 'changed',
    });
    if (fields === undefined) expect(await harness.redis.get(key)).toBe('by hand');
    else expect(await harness.redis.hgetall(key)).toMatchObject(damaged);
    const [preview, mainnet] = await createJournalTotals(harness.redis).read([NETWORK, 'cardano:mainnet']);
    expect(preview).toEqual({ ok: false, error: { network: NETWORK, reason: expect.any(String) } });
    expect(mainnet).toMatchObject({ ok: true, value: { accepted: 0 } });
  });
});

describe('a receipt', () => {
  const harness = useJournal();

  it.each(['{"oops', '{"version":2}'])(
    '%s is an error to its reader, and its settlement goes on',
    async (text) => {
      await harness.journal.claim(claimOf(1));
      await harness.redis.hset(recordKey(txHash(1)), 'receipt', text);
      const receipts = createReceiptStore({ redis: harness.redis, network: NETWORK });
      await expect(receipts.read(txHash(1))).rejects.toThrow(JournalCorruptError);
      expect(present(await harness.journal.read(NETWORK, txHash(1))).state).toBe('queued');
    },
  );
});
