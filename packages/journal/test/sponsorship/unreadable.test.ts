import { ok, slot } from '@x402-facilitator/cardano';
import { createPoolTransactionStore, type Sponsorship } from '@x402-facilitator/journal';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  BOOKS_DAMAGES,
  contentAt,
  SPONSORSHIP_DAMAGES,
  sponsorshipKey,
  TEXT_DAMAGES,
} from '../support/damage.js';
import { NETWORK, present, txHash } from '../support/harness.js';
import { LIMITS, poolOutputs, usePool, WORST_CASE } from './harness.js';

const COST = { feeLovelace: 200_000n, lentLovelace: 0n, limits: LIMITS };

describe.each(SPONSORSHIP_DAMAGES)('a sponsorship %s', (_name, damage) => {
  const pool = usePool();
  const keyOf = ({ id }: Sponsorship) => sponsorshipKey(`reservation:${id}`);
  beforeEach(() => pool.publish(poolOutputs(4)));

  it('that is bound is named, and left as it is by all that would change it, beside one that goes on', async () => {
    const bad = await pool.bound(txHash(1));
    pool.at(1);
    const good = await pool.bound(txHash(2), { payer: 'addr2' });
    await damage(pool.journal.redis, keyOf(bad));
    const before = await contentAt(pool.journal.redis, keyOf(bad));
    const record = { id: bad.id, reason: expect.any(String) };
    expect(await pool.store.read(bad.id)).toMatchObject({ ok: false, error: record });
    expect(await pool.store.bound(9)).toMatchObject([
      { ok: false, error: record },
      { ok: true, value: { id: good.id } },
    ]);
    const [own, its] = [
      { id: bad.id, txHash: txHash(1) },
      { id: good.id, txHash: txHash(2) },
    ];
    const unreadable = { kind: 'unreadable', record };
    expect(await pool.store.bind({ ...bad, txHash: txHash(1), transactionExpiresAtMs: 0 })).toMatchObject(
      unreadable,
    );
    expect(await pool.store.markSigned({ ...own, ...COST })).toMatchObject(unreadable);
    expect(await pool.store.close({ ...own, as: 'released' })).toMatchObject(unreadable);
    expect(await pool.store.unbind(own)).toBe(false);
    expect(await pool.store.markSigned({ ...its, ...COST })).toMatchObject({ kind: 'signed' });
    expect(await pool.store.close({ ...its, as: 'spent' })).toMatchObject({ kind: 'closed' });
    await pool.reserved();
    expect(await contentAt(pool.journal.redis, keyOf(bad))).toEqual(before);
  });

  it('that ran out keeps its output and stops no other: told by the publication, once a minute', async () => {
    const bad = await pool.reserved();
    const good = await pool.reserved({ payer: 'addr2' });
    await damage(pool.journal.redis, keyOf(bad));
    await pool.reserved({ payer: 'addr3' });
    const before = await contentAt(pool.journal.redis, keyOf(bad));
    pool.at(121_000);
    const setAside = [{ id: bad.id, reason: expect.any(String) }];
    expect(await pool.publish(poolOutputs(4))).toMatchObject({ free: 3, setAside });
    expect(await pool.publish(poolOutputs(4))).toMatchObject({ free: 3, setAside: [] });
    expect(present(await pool.store.read(good.id)).state).toBe('expired');
    expect(present(await pool.store.books())).toMatchObject({ outstandingLovelace: WORST_CASE });
    pool.at(182_000);
    expect(await pool.publish(poolOutputs(4))).toMatchObject({ free: 3, setAside });
    await pool.reserved();
    expect(await contentAt(pool.journal.redis, keyOf(bad))).toEqual(before);
  });
});

describe.each(BOOKS_DAMAGES)('%s', (_name, name, damage) => {
  const pool = usePool();

  it('sponsor nothing, say why, and change nothing until they are mended', async () => {
    const { redis } = pool.journal;
    await pool.publish(poolOutputs(4));
    const bound = await pool.bound(txHash(1));
    const waiting = await pool.reserved({ payer: 'addr2' });
    const kept = await redis.dumpBuffer(sponsorshipKey(name));
    await damage(redis, sponsorshipKey(name));
    const keys = (await redis.keys(sponsorshipKey('*'))).toSorted();
    const bytes = () => Promise.all(keys.map((key) => contentAt(redis, key)));
    const before = await bytes();

    const reason = expect.stringMatching(/^the books of sponsorships /);
    const own = { id: bound.id, txHash: txHash(1) };
    expect(await pool.order()).toEqual({ kind: 'unavailable', reason });
    const unreadable = { kind: 'unreadable', record: { reason } };
    expect(await pool.store.bind({ ...waiting, txHash: txHash(2), transactionExpiresAtMs: 0 })).toMatchObject(
      unreadable,
    );
    expect(await pool.store.markSigned({ ...own, ...COST })).toMatchObject(unreadable);
    expect(await pool.store.close({ ...own, as: 'released' })).toMatchObject(unreadable);
    expect(await bytes()).toEqual(before);
    if (name === 'books') expect((await pool.store.books()).ok).toBe(false);
    expect(await pool.publish(poolOutputs(4)), 'what exists is published all the same').toMatchObject({
      free: 2,
    });

    await redis.restore(sponsorshipKey(name), 0, kept, 'REPLACE');
    expect(await pool.store.markSigned({ ...own, ...COST })).toMatchObject({ kind: 'signed' });
    await pool.reserved();
  });
});

describe('the pool', () => {
  const pool = usePool();

  it('whose record is damaged is an error to those who read it, until it is published again', async () => {
    await pool.publish(poolOutputs(2));
    await pool.journal.redis.hset(sponsorshipKey('pool'), 'size', 'some');
    expect(await pool.store.readPool()).toEqual({ ok: false, error: expect.stringMatching(/^size: /) });
    await pool.journal.redis.multi().del(sponsorshipKey('pool')).set(sponsorshipKey('pool'), 'x').exec();
    expect((await pool.store.readPool()).ok).toBe(false);
    expect(await pool.order()).toMatchObject({ kind: 'unavailable' });
    await pool.publish(poolOutputs(2));
    await pool.reserved();
  });

  it.each(TEXT_DAMAGES)(
    'leaves a transaction of its own %s as it is, and begins no other',
    async (_name, damage) => {
      const { redis } = pool.journal;
      const transactions = createPoolTransactionStore({ redis, network: NETWORK });
      expect(await transactions.read()).toEqual(ok(undefined));
      const key = sponsorshipKey('pool-transaction');
      await damage(redis, key);
      const before = await contentAt(redis, key);
      expect(await transactions.read()).toEqual({ ok: false, error: expect.any(String) });
      const own = { txHash: txHash(1), bytes: new Uint8Array([1]), ttl: slot(1), feeLovelace: 1n };
      expect(await transactions.begin(1, own)).toBe(false);
      expect(await contentAt(redis, key)).toEqual(before);
    },
  );
});
