import { ok } from '@x402-facilitator/cardano';
import { createPauseSwitch, settlementsIn } from '@x402-facilitator/journal';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimOf, type JournalHarness, NETWORK, openJournal, txHash } from '../support/harness.js';

describe('the pause switch', () => {
  let harness: JournalHarness;
  beforeAll(async () => {
    harness = await openJournal({}, { exclusive: true });
  });
  beforeEach(async () => {
    await harness.redis.flushdb();
  });
  afterAll(async () => {
    await harness.close();
  });

  const pauseSwitch = () => createPauseSwitch({ redis: harness.redis, network: NETWORK });
  const PAUSE = { mode: 'paused', sinceMs: 1_700_000_000_000, reason: 'the provider lies' } as const;

  it('refuses a new claim in the claim script itself and writes nothing', async () => {
    await pauseSwitch().close(PAUSE);
    expect(await harness.journal.claim(claimOf(1))).toEqual({ kind: 'paused', pause: PAUSE });
    expect(await harness.journal.read(NETWORK, txHash(1))).toEqual(ok(undefined));
    expect(await harness.redis.keys('*')).toEqual(['{x402}:journal:preview:pause']);
  });

  it('lets an earlier claim be joined, and still refuses its transaction to another request', async () => {
    await harness.journal.claim(claimOf(1));
    await pauseSwitch().close(PAUSE);
    expect((await harness.journal.claim(claimOf(1))).kind).toBe('joined');
    expect((await harness.journal.claim(claimOf(1, { binding: 'other' }))).kind).toBe('bound-elsewhere');
  });

  it('opens again, says whether it was closed, and closes one network only', async () => {
    const other = createPauseSwitch({ redis: harness.redis, network: 'cardano:preprod' });
    await pauseSwitch().close(PAUSE);
    expect(await pauseSwitch().read()).toEqual(PAUSE);
    expect(await other.read()).toBeUndefined();
    expect([await pauseSwitch().open(), await pauseSwitch().open()]).toEqual([true, false]);
    expect((await harness.journal.claim(claimOf(1))).kind).toBe('claimed');
  });

  it.each(['yes', '1', '{"mode":"gone"}', '[]'])(
    'is closed by any value that was written by hand: %s',
    async (text) => {
      await harness.redis.set('{x402}:journal:preview:pause', text);
      expect(await pauseSwitch().read()).toEqual({ mode: 'paused', sinceMs: 0 });
      expect((await harness.journal.claim(claimOf(1))).kind).toBe('paused');
    },
  );

  it('closes and opens on a full Redis', async () => {
    await harness.redis.config('SET', 'maxmemory', '100kb');
    try {
      await expect(harness.redis.set('key', 'value')).rejects.toThrow('OOM');
      await pauseSwitch().close(PAUSE);
      await pauseSwitch().close({ ...PAUSE, mode: 'draining' });
      expect(await pauseSwitch().read()).toEqual({ ...PAUSE, mode: 'draining' });
      expect(await pauseSwitch().open()).toBe(true);
      await expect(harness.journal.claim(claimOf(1))).rejects.toMatchObject({
        name: 'JournalUnavailableError',
        publicMessage: 'the settlement journal refuses writes: Redis says OOM, its memory is full',
      });
      expect(await harness.redis.keys('*')).toEqual([]);
    } finally {
      await harness.redis.config('SET', 'maxmemory', '0');
    }
  });

  it('does not hide a settlement from a scan of all of them', async () => {
    const ids = Array.from({ length: 1_200 }, (_, index) => txHash(index + 1));
    await Promise.all(ids.map((_, index) => harness.journal.claim(claimOf(index + 1))));
    const found: string[] = [];
    for await (const batch of harness.journal.all(NETWORK))
      found.push(...settlementsIn(batch).map(({ txHash }) => txHash));
    expect(found.sort()).toEqual([...ids].sort());
  });
});
