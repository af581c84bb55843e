import type { OutRefKey } from '@x402-facilitator/cardano';
import { sponsorshipIdSchema } from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
import { claimOf, input, NETWORK, present, txHash } from '../support/harness.js';
import { LIMITS, NOON_MS, poolOutputs, usePool, WORST_CASE } from './harness.js';

const TRANSACTION = txHash(0x7a);
const COST = { feeLovelace: 180_000n, lentLovelace: 1_200_000n };
const SPENT = 1_380_000n;

describe('bind', () => {
  const pool = usePool();
  const binding = { txHash: TRANSACTION, transactionExpiresAtMs: NOON_MS + 600_000 };

  it('gives the reservation to the first transaction for good', async () => {
    await pool.publish(poolOutputs(1));
    const { id, payer, input: output } = await pool.reserved();
    const request = { ...binding, id, payer, input: output };
    const first = await pool.store.bind(request);
    expect(first).toMatchObject({
      kind: 'bound',
      sponsorship: { state: 'bound', txHash: TRANSACTION, bookedLovelace: WORST_CASE },
    });
    expect(await pool.store.bind(request)).toEqual(first);
    expect(await pool.store.bind({ ...request, txHash: txHash(2) })).toEqual({
      kind: 'used',
      by: TRANSACTION,
    });
    expect((await pool.store.bound(10)).map((one) => present(one).id)).toEqual([id]);
  });

  it('is refused to another payer, for another output, and for an unknown id', async () => {
    await pool.publish(poolOutputs(1));
    const { id, payer, input: output } = await pool.reserved();
    const request = { ...binding, id, payer, input: output };
    expect(await pool.store.bind({ ...request, payer: 'addr2' })).toEqual({ kind: 'mismatch' });
    expect(await pool.store.bind({ ...request, input: input(5) })).toEqual({ kind: 'mismatch' });
    const unknown = sponsorshipIdSchema.parse('0'.repeat(32));
    expect(await pool.store.bind({ ...request, id: unknown })).toEqual({ kind: 'unknown' });
    expect(present(await pool.store.read(id))).toMatchObject({ state: 'reserved' });
  });

  it('comes too late at the millisecond in which the reservation ends', async () => {
    await pool.publish(poolOutputs(2));
    const early = await pool.reserved();
    const late = await pool.reserved();
    pool.at(119_999);
    expect(await pool.store.bind({ ...binding, ...early })).toMatchObject({ kind: 'bound' });
    pool.at(120_000);
    expect(present(await pool.store.read(late.id))).toMatchObject({ state: 'expired', bookedLovelace: 0n });
    expect(await pool.store.bind({ ...binding, ...late, txHash: txHash(2) })).toEqual({
      kind: 'expired',
    });
  });

  it('keeps the output through the end of the reservation and stops counting as waiting', async () => {
    await pool.publish(poolOutputs(2));
    const { input: output, id } = await pool.bound(TRANSACTION, { maxConcurrent: 1 });
    await pool.reserved({ maxConcurrent: 1 });
    pool.at(500_000);
    expect(await pool.publish(poolOutputs(2))).toMatchObject({ free: 1, claimed: new Map([[output, id]]) });
  });
});

describe('unbind', () => {
  const pool = usePool();

  it('lets the payer try again when its transaction was not claimed', async () => {
    await pool.publish(poolOutputs(1));
    const { id, payer, input: output } = await pool.bound(TRANSACTION);
    expect(await pool.store.unbind({ id, txHash: txHash(2) })).toBe(false);
    expect(await pool.store.unbind({ id, txHash: TRANSACTION })).toBe(true);
    expect(await pool.order({ maxConcurrent: 1 }), 'it waits again').toMatchObject({ kind: 'too-many' });
    const other = { txHash: txHash(2), transactionExpiresAtMs: NOON_MS };
    expect(await pool.store.bind({ ...other, id, payer, input: output })).toMatchObject({ kind: 'bound' });
  });

  it('gives the output back at once when the reservation has run out meanwhile', async () => {
    await pool.publish(poolOutputs(1));
    const { id } = await pool.bound(TRANSACTION);
    pool.at(120_001);
    expect(await pool.store.unbind({ id, txHash: TRANSACTION })).toBe(true);
    expect(await pool.store.counts()).toEqual({ known: 1, free: 1, reserved: 0, bound: 0 });
    expect(present(await pool.store.books())).toMatchObject({ expiredCount: 1, outstandingLovelace: 0n });
  });

  it('never takes it from a transaction that has a settlement, nor from one that is signed', async () => {
    await pool.publish(poolOutputs(2));
    const claimed = await pool.bound(TRANSACTION);
    await pool.journal.journal.claim(
      claimOf(0x7a, { inputs: [claimed.input], expiresAtMs: Date.now() + 60_000 }),
    );
    expect(await pool.store.unbind({ id: claimed.id, txHash: TRANSACTION })).toBe(false);
    const signed = await pool.bound(txHash(2));
    await pool.store.markSigned({ id: signed.id, txHash: txHash(2), ...COST, limits: LIMITS });
    expect(await pool.store.unbind({ id: signed.id, txHash: txHash(2) })).toBe(false);
  });
});

describe('markSigned', () => {
  const pool = usePool();

  it('books the real cost in place of the worst case, once', async () => {
    await pool.publish(poolOutputs(1));
    const { id } = await pool.bound(TRANSACTION);
    const request = { id, txHash: TRANSACTION, ...COST, limits: LIMITS };
    const first = await pool.store.markSigned(request);
    expect(first).toMatchObject({ kind: 'signed', sponsorship: { state: 'signed', bookedLovelace: SPENT } });
    expect(await pool.store.markSigned(request)).toEqual(first);
    expect(present(await pool.store.books())).toMatchObject({
      signedCount: 1,
      signedLovelace: SPENT,
      returnedLovelace: WORST_CASE - SPENT,
      outstandingLovelace: SPENT,
    });
    expect(await pool.store.markSigned({ ...request, feeLovelace: 1n })).toMatchObject({ kind: 'too-dear' });
  });

  it('is refused unless the reservation is bound to this transaction', async () => {
    await pool.publish(poolOutputs(2));
    const waiting = await pool.reserved();
    const bound = await pool.bound(TRANSACTION);
    const sign = (id: typeof bound.id, signed = TRANSACTION) =>
      pool.store.markSigned({ id, txHash: signed, ...COST, limits: LIMITS });
    expect(await sign(waiting.id)).toEqual({ kind: 'not-bound', state: 'reserved' });
    expect(await sign(bound.id, txHash(2))).toEqual({ kind: 'not-bound', state: 'bound' });
    expect(await sign(sponsorshipIdSchema.parse('0'.repeat(32)))).toEqual({ kind: 'not-bound' });
  });

  it('is refused beyond what was reserved, for fee and loan each', async () => {
    await pool.publish(poolOutputs(1));
    const { id } = await pool.bound(TRANSACTION);
    const sign = (feeLovelace: bigint, lentLovelace: bigint) =>
      pool.store.markSigned({ id, txHash: TRANSACTION, feeLovelace, lentLovelace, limits: LIMITS });
    expect(await sign(400_001n, 0n)).toEqual({ kind: 'too-dear', reservedLovelace: WORST_CASE });
    expect(await sign(0n, 1_600_001n)).toEqual({ kind: 'too-dear', reservedLovelace: WORST_CASE });
    expect(await sign(400_000n, 1_600_000n)).toMatchObject({ kind: 'signed' });
  });

  it('is refused over the limits of the worker that asks, even if the API allowed it', async () => {
    await pool.publish(poolOutputs(1));
    const { id } = await pool.bound(TRANSACTION);
    const sign = (perDayLovelace: bigint) =>
      pool.store.markSigned({ id, txHash: TRANSACTION, ...COST, limits: { ...LIMITS, perDayLovelace } });
    expect(await sign(SPENT - 1n)).toEqual({ kind: 'limit-reached', limit: 'day' });
    expect(await sign(SPENT)).toMatchObject({ kind: 'signed' });
  });
});

describe('close', () => {
  const pool = usePool();
  const signed = async () => {
    await pool.publish(poolOutputs(1));
    const { id } = await pool.bound(TRANSACTION);
    await pool.store.markSigned({ id, txHash: TRANSACTION, ...COST, limits: LIMITS });
    return { id, txHash: TRANSACTION };
  };

  it('keeps what was spent on the books and never lends the spent output again', async () => {
    const ended = { ...(await signed()), as: 'spent' as const };
    expect(await pool.store.close(ended)).toMatchObject({ kind: 'closed', sponsorship: { state: 'spent' } });
    expect(await pool.store.close(ended)).toMatchObject({ kind: 'closed' });
    expect(await pool.store.close({ ...ended, as: 'released' })).toEqual({ kind: 'refused', state: 'spent' });
    expect(present(await pool.store.books())).toMatchObject({
      spentCount: 1,
      spentFeeLovelace: COST.feeLovelace,
      spentLentLovelace: COST.lentLovelace,
      outstandingLovelace: 0n,
    });
    expect(await pool.publish(poolOutputs(1)), 'a provider that lags still shows it').toMatchObject({
      free: 0,
      claimed: new Map(),
    });
  });

  it('gives back the output and the whole booking when the transaction can no longer be included', async () => {
    const ended = { ...(await signed()), as: 'released' as const };
    expect(await pool.store.close(ended)).toMatchObject({ kind: 'closed' });
    expect(present(await pool.store.books())).toMatchObject({
      returnedLovelace: WORST_CASE,
      outstandingLovelace: 0n,
    });
    expect((await pool.reserved({ limits: { ...LIMITS, perDayLovelace: WORST_CASE } })).input).toBe(input(0));
  });

  it('does not give back an output that a settlement in flight still holds', async () => {
    const ended = { ...(await signed()), as: 'released' as const };
    await pool.journal.journal.claim(claimOf(1, { inputs: [input(0)], expiresAtMs: Date.now() + 60_000 }));
    await pool.store.close(ended);
    expect(await pool.order()).toMatchObject({ kind: 'pool-empty' });
  });

  it('gives back the booking of a lost one, but not its output', async () => {
    const ended = { ...(await signed()), as: 'lost' as const };
    expect(await pool.store.close(ended)).toMatchObject({ kind: 'closed' });
    expect(await pool.publish(poolOutputs(1))).toMatchObject({ free: 0 });
    expect(present(await pool.store.books())).toMatchObject({ lostCount: 1, returnedLovelace: WORST_CASE });
  });

  it('never records an unsigned one as spent', async () => {
    await pool.publish(poolOutputs(1));
    const { id } = await pool.bound(TRANSACTION);
    expect(await pool.store.close({ id, txHash: TRANSACTION, as: 'spent' })).toEqual({
      kind: 'refused',
      state: 'bound',
    });
  });

  it('keeps an ended one readable for its retention, and in the export', async () => {
    const { id } = await signed();
    await pool.store.close({ id, txHash: TRANSACTION, as: 'spent' });
    const exported = [];
    for await (const batch of pool.store.all()) exported.push(...batch.map(present));
    expect(exported).toEqual([expect.objectContaining({ id, state: 'spent', network: NETWORK, ...COST })]);
    const ttl = await pool.journal.redis.pttl(`{x402}:sponsorship:preview:reservation:${id}`);
    expect(ttl).toBeGreaterThan(86_000_000);
  });
});

describe('restore', () => {
  const pool = usePool();
  const [output] = poolOutputs(2);
  const lost = {
    id: sponsorshipIdSchema.parse('ab'.repeat(16)),
    txHash: TRANSACTION,
    payer: 'addr_test1payer',
    input: output as OutRefKey,
    lovelace: 5_000_000n,
    changeAddress: 'addr_test1wallet',
    feeLovelace: 200_000n,
    lentLovelace: 1_300_000n,
    signedAtMs: NOON_MS,
    transactionExpiresAtMs: NOON_MS + 3_600_000,
  };
  const cost = 1_500_000n;

  it('books what the ledger tells of a lost one, once, under whatever id it comes again', async () => {
    await pool.publish(poolOutputs(2));
    expect(await pool.store.restore(lost)).toEqual({ kind: 'restored' });
    const other = { ...lost, id: sponsorshipIdSchema.parse('cd'.repeat(16)) };
    for (const again of [lost, other]) expect(await pool.store.restore(again)).toEqual({ kind: 'kept' });
    expect(present(await pool.store.read(lost.id))).toMatchObject({ state: 'signed', bookedLovelace: cost });
    expect(await pool.store.counts()).toMatchObject({ known: 2, free: 1, bound: 1 });

    const limits = { ...LIMITS, perPayerLovelace: cost + WORST_CASE - 1n };
    expect(await pool.order({ limits, payer: lost.payer }), 'it counts').toMatchObject({ limit: 'payer' });
    expect(await pool.store.close({ id: lost.id, txHash: TRANSACTION, as: 'spent' })).toMatchObject({
      kind: 'closed',
    });
    expect(await pool.store.restore(other), 'when it is over, too').toEqual({ kind: 'kept' });
    expect(await pool.store.books()).toMatchObject({
      value: {
        reservedLovelace: cost,
        signedLovelace: cost,
        spentFeeLovelace: 200_000n,
        spentLentLovelace: 1_300_000n,
        outstandingLovelace: 0n,
        returnedLovelace: 0n,
      },
    });
  });
});
