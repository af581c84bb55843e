import { ok } from '@x402-facilitator/cardano';
import { createRedisJournal } from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
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

describe('claim', () => {
  const harness = useJournal();

  it('writes a queued settlement that reads back field by field', async () => {
    const claim = claimOf(1, { traceparent: '00-aa-bb-01', requiredConfirmations: -1, termsDigest: 'd1' });
    const outcome = await harness.journal.claim(claim);
    const { signedTransaction, ...terms } = claim;
    expect(outcome).toEqual({
      kind: 'claimed',
      settlement: {
        ...terms,
        kind: 'payment',
        state: 'queued',
        revision: 1,
        attempts: 0,
        queuedAtMs: expect.any(Number),
      },
    });
    expect(present(await harness.journal.read(NETWORK, claim.txHash))).toEqual(
      outcome.kind === 'claimed' ? outcome.settlement : undefined,
    );
    expect(signedTransaction.length).toBeGreaterThan(0);
  });

  it('keeps the signed transaction byte for byte and never returns it with the record', async () => {
    const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
    await harness.journal.claim(claimOf(1, { signedTransaction: everyByte }));
    expect(await harness.journal.readSignedTransaction(NETWORK, txHash(1))).toEqual(everyByte);
    expect(present(await harness.journal.read(NETWORK, txHash(1)))).not.toHaveProperty('signedTransaction');
  });

  it('keeps an amount above the safe integers exact', async () => {
    await harness.journal.claim(claimOf(1, { amount: 2n ** 64n - 1n }));
    expect(present(await harness.journal.read(NETWORK, txHash(1))).amount).toBe(2n ** 64n - 1n);
  });

  it('joins an identical second call and refuses one with another binding', async () => {
    await harness.journal.claim(claimOf(1));
    expect((await harness.journal.claim(claimOf(1))).kind).toBe('joined');
    expect((await harness.journal.claim(claimOf(1, { binding: 'other' }))).kind).toBe('bound-elsewhere');
    expect(present(await harness.journal.read(NETWORK, txHash(1))).binding).toBe('binding-1');
  });

  it('refuses a transaction that spends a held input, names it and its holder, and writes nothing', async () => {
    await harness.journal.claim(claimOf(1, { inputs: [input(1), input(2)] }));
    const outcome = await harness.journal.claim(claimOf(2, { inputs: [input(3), input(2)] }));
    expect(outcome).toEqual({ kind: 'input-reserved', input: input(2), heldBy: txHash(1) });
    expect(await harness.journal.read(NETWORK, txHash(2))).toEqual(ok(undefined));
    expect(await harness.journal.inFlight(NETWORK, txHash(9), [input(3)])).toEqual(ok({}));
  });

  it('binds Masumi terms to the first transaction for good', async () => {
    await harness.journal.claim(claimOf(1, { termsDigest: 'terms' }));
    await harness.journal.transition(changeTo('expired', { txHash: txHash(1) }));
    expect(await harness.journal.claim(claimOf(2, { termsDigest: 'terms' }))).toEqual({
      kind: 'terms-bound',
      boundTo: txHash(1),
    });
  });

  it('tells which transaction Masumi terms are bound to', async () => {
    const ask = (transaction: number, ...terms: [string?]) =>
      harness.journal.inFlight(NETWORK, txHash(transaction), [], ...terms);
    expect(await ask(2, 'terms')).toEqual(ok({}));
    await harness.journal.claim(claimOf(1, { termsDigest: 'terms' }));
    expect(await ask(2, 'terms')).toEqual(ok({ termsBoundTo: txHash(1) }));
    expect(await ask(1, 'terms')).toMatchObject(ok({ termsBoundTo: txHash(1) }));
    expect(await ask(2, 'other terms')).toEqual(ok({}));
    expect(await ask(2)).toEqual(ok({}));
  });

  it('lets exactly one of fifty replicas win, on any connection', async () => {
    const other = createRedisJournal({ redis: harness.connect('producer') });
    await harness.journal.read(NETWORK, txHash(1));
    await expect
      .poll(() =>
        other.read(NETWORK, txHash(1)).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? harness.journal : other).claim(claimOf(1))),
    );
    expect(outcomes.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'joined')).toHaveLength(49);
  });

  it('holds inputs until the TTL plus grace, not longer', async () => {
    const harnessWithGrace = await openJournal({ graceMs: 400 });
    try {
      const expiresAtMs = Date.now() + 200;
      await harnessWithGrace.journal.claim(claimOf(1, { expiresAtMs }));
      const reserved = () => harnessWithGrace.journal.inFlight(NETWORK, txHash(2), [input(1)]);
      expect(await reserved()).toEqual(ok({ reserved: { input: input(1), heldBy: txHash(1) } }));
      await expect.poll(reserved).toEqual(ok({}));
      expect(Date.now()).toBeGreaterThanOrEqual(expiresAtMs + 400);
    } finally {
      await harnessWithGrace.close();
    }
  });

  it('tells what is in flight: the settlement itself and inputs held by others', async () => {
    await harness.journal.claim(claimOf(1));
    const own = await harness.journal.inFlight(NETWORK, txHash(1), [input(1)]);
    expect(own).toMatchObject(ok({ settlement: { state: 'queued' } }));
    expect(own).not.toHaveProperty('value.reserved');
    expect(await harness.journal.inFlight(NETWORK, txHash(2), [input(5), input(1)])).toEqual(
      ok({ reserved: { input: input(1), heldBy: txHash(1) } }),
    );
    expect(await harness.journal.inFlight(NETWORK, txHash(2), [])).toEqual(ok({}));
  });

  it('returns undefined for an unknown transaction', async () => {
    expect(await harness.journal.read(NETWORK, txHash(404))).toEqual(ok(undefined));
    expect(await harness.journal.readMany(NETWORK, [txHash(404), txHash(405)])).toEqual([
      ok(undefined),
      ok(undefined),
    ]);
    expect(await harness.journal.readSignedTransaction(NETWORK, txHash(404))).toBeUndefined();
  });

  it('names the record and the field when a record has the wrong shape', async () => {
    await harness.journal.claim(claimOf(1));
    await harness.redis.hset(`{x402}:journal:preview:settlement:${txHash(1)}`, 'amount', '1.5');
    expect(await harness.journal.read(NETWORK, txHash(1))).toMatchObject({
      ok: false,
      error: { network: NETWORK, txHash: txHash(1), reason: expect.stringMatching(/^amount: /) },
    });
  });
});

describe('reserve', () => {
  const harness = useJournal();

  const request = (seed: number, ttlMs = 60_000) => ({
    network: NETWORK,
    txHash: txHash(seed),
    payer: 'addr_test1payer',
    inputs: [input(seed)],
    ttlMs,
    maxConcurrent: 2,
  });

  it('holds inputs against others and never against its own transaction', async () => {
    expect(await harness.journal.reserve(request(1))).toEqual({ kind: 'reserved' });
    expect(await harness.journal.claim(claimOf(2, { inputs: [input(1)] }))).toEqual({
      kind: 'input-reserved',
      input: input(1),
      heldBy: txHash(1),
    });
    expect((await harness.journal.claim(claimOf(1))).kind).toBe('claimed');
  });

  it('never shortens the hold of a claim', async () => {
    await harness.journal.claim(claimOf(1));
    const key = `{x402}:journal:preview:hold:${input(1)}`;
    const before = await harness.redis.pttl(key);
    expect(await harness.journal.reserve(request(1, 1_000))).toEqual({ kind: 'reserved' });
    expect(await harness.redis.pttl(key)).toBeGreaterThan(before - 60_000);
  });

  it('limits the holds of one payer and counts only those still valid', async () => {
    await harness.journal.reserve(request(1));
    await harness.journal.reserve(request(2, 50));
    expect(await harness.journal.reserve(request(3))).toEqual({ kind: 'too-many', limit: 2 });
    expect(await harness.journal.reserve(request(1))).toEqual({ kind: 'reserved' });
    await expect.poll(() => harness.journal.reserve(request(3))).toEqual({ kind: 'reserved' });
  });
});
