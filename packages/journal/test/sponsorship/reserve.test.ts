import { ok } from '@x402-facilitator/cardano';
import { createSponsorshipStore } from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
import { claimOf, input, NETWORK, present, txHash } from '../support/harness.js';
import { CHANGE_ADDRESS, LIMITS, NOON_MS, poolOutputs, usePool, WORST_CASE } from './harness.js';

describe('reserve', () => {
  const pool = usePool();

  it('lends one output and reads back what it was asked for', async () => {
    await pool.publish(poolOutputs(1));
    const sponsorship = await pool.reserved();
    expect(sponsorship).toEqual({
      schemaVersion: 1,
      network: NETWORK,
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      state: 'reserved',
      caller: 'shop',
      payer: 'addr_test1payer',
      input: input(0),
      lovelace: 5_000_000n,
      changeAddress: CHANGE_ADDRESS,
      maxFeeLovelace: 400_000n,
      minAdaLovelace: 1_600_000n,
      day: '2026-11-20',
      bookedLovelace: WORST_CASE,
      reservedAtMs: NOON_MS,
      expiresAtMs: NOON_MS + 120_000,
    });
    expect(present(await pool.store.read(sponsorship.id))).toEqual(sponsorship);
  });

  it('never gives an output twice, however many ask at the same moment on however many connections', async () => {
    await pool.publish(poolOutputs(10));
    const stores = Array.from({ length: 4 }, () =>
      createSponsorshipStore({ redis: pool.journal.connect(), network: NETWORK, now: () => NOON_MS }),
    );
    const request = {
      caller: 'shop',
      callerShare: 1,
      maxFeeLovelace: 1n,
      minAdaLovelace: 0n,
      ttlMs: 1000,
      limits: LIMITS,
    };
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        stores[n % 4]?.reserve({ ...request, payer: `addr${n}`, maxConcurrent: 100 }),
      ),
    );
    const lent = outcomes.flatMap((outcome) =>
      outcome?.kind === 'reserved' ? [outcome.sponsorship.input] : [],
    );
    expect(lent.toSorted()).toEqual(poolOutputs(10).toSorted());
    expect(outcomes.filter((outcome) => outcome?.kind === 'pool-empty')).toHaveLength(30);
  });

  it('says when to come again when all outputs are lent', async () => {
    await pool.publish(poolOutputs(1));
    await pool.reserved();
    expect(await pool.order()).toEqual({ kind: 'pool-empty', retryAtMs: NOON_MS + 120_000 });
  });

  it('says that there is no pool, and why the circuit is open', async () => {
    expect(await pool.order()).toEqual({ kind: 'unavailable', reason: 'no worker keeps a pool' });
    await pool.publish(poolOutputs(1), { breaker: 'the balance is low' });
    expect(await pool.order()).toEqual({ kind: 'unavailable', reason: 'the balance is low' });
  });

  it('lets a caller, and a payer, have only so many waiting at a time', async () => {
    await pool.publish(poolOutputs(9));
    await pool.reserved({ maxConcurrent: 2 });
    await pool.reserved({ maxConcurrent: 2, payer: 'addr2' });
    expect(await pool.order({ maxConcurrent: 2, payer: 'addr3' })).toEqual({
      kind: 'too-many',
      by: 'caller',
      limit: 2,
    });
    await pool.reserved({ maxConcurrent: 2, caller: 'other' });
    expect(await pool.order({ maxConcurrent: 2, caller: 'other' })).toMatchObject({
      kind: 'too-many',
      by: 'payer',
    });
  });

  it('lends a caller its share of the pool, waiting or used, and the rest to others', async () => {
    await pool.publish(poolOutputs(20));
    const greedy = { caller: 'greedy', callerShare: 0.25 };
    const { id, payer, input: output } = await pool.reserved({ ...greedy, payer: 'addr0' });
    for (let n = 1; n < 5; n += 1) await pool.reserved({ ...greedy, payer: `addr${n}` });
    const refused = { kind: 'too-many', by: 'caller', limit: 5 };
    expect(await pool.order({ ...greedy, payer: 'addr5' })).toEqual(refused);

    const used = { id, txHash: txHash(1), payer, input: output, transactionExpiresAtMs: NOON_MS + 3_600_000 };
    expect(await pool.store.bind(used)).toMatchObject({ kind: 'bound' });
    expect(await pool.order({ ...greedy, payer: 'addr5' }), 'bound').toEqual(refused);
    const cost = { feeLovelace: 400_000n, lentLovelace: 1_600_000n, limits: LIMITS };
    expect(await pool.store.markSigned({ id, txHash: txHash(1), ...cost })).toMatchObject({ kind: 'signed' });
    expect(await pool.order({ ...greedy, payer: 'addr5' }), 'signed').toEqual(refused);

    for (let n = 0; n < 15; n += 1)
      await pool.reserved({ caller: `honest ${n % 3}`, callerShare: 0.25, payer: `other${n}` });
    expect(await pool.order({ caller: 'honest 3', callerShare: 0.25 })).toMatchObject({ kind: 'pool-empty' });

    pool.at(60_000);
    await pool.publish(poolOutputs(20).filter((it) => it !== output));
    // Its transaction is in a block: 4 of 19 are lent to it, which is its whole share.
    expect(await pool.order({ ...greedy, payer: 'addr5' })).toEqual({ ...refused, limit: 4 });
    pool.at(121_000);
    await pool.reserved({ ...greedy, payer: 'addr5' });
  });

  it('lends every caller at least one output, however small the pool or the share', async () => {
    await pool.publish(poolOutputs(2));
    await pool.reserved({ callerShare: 0.01 });
    expect(await pool.order({ callerShare: 0.01 })).toMatchObject({ kind: 'too-many', limit: 1 });
    await pool.reserved({ callerShare: 0.01, caller: 'other', payer: 'addr2' });
  });

  it('gives a payer its own reservation although strangers reserved in its name', async () => {
    await pool.publish(poolOutputs(9));
    const limits = { ...LIMITS, perPayerLovelace: 2n * WORST_CASE };
    const stranger = { caller: 'stranger', maxConcurrent: 2, limits };
    await pool.reserved(stranger);
    await pool.reserved(stranger);
    expect(await pool.order(stranger)).toMatchObject({ kind: 'too-many', by: 'caller' });
    expect(await pool.order({ ...stranger, maxConcurrent: 9 })).toMatchObject({ limit: 'payer' });

    const own = { maxConcurrent: 2, limits };
    const { id, payer, input: output } = await pool.reserved(own);
    expect(await pool.order(own), 'one beyond what others took in its name').toMatchObject({
      kind: 'too-many',
      by: 'payer',
    });
    const binding = { txHash: txHash(7), payer, input: output, transactionExpiresAtMs: NOON_MS };
    expect(await pool.store.bind({ ...binding, id })).toMatchObject({ kind: 'bound' });
    const cost = { feeLovelace: 400_000n, lentLovelace: 1_600_000n };
    const signing = { id, txHash: txHash(7), ...cost, limits };
    expect(await pool.store.markSigned(signing)).toMatchObject({ kind: 'signed' });
    await pool.reserved(own);
    const over = await pool.order({ ...own, maxConcurrent: 9 });
    expect(over, 'what it signed and asked for itself counts').toMatchObject({ limit: 'payer' });
  });

  it('books the worst case against the limits of the day and names a limit that it would break', async () => {
    await pool.publish(poolOutputs(9));
    const upTo = (lovelace: bigint, name: string) => ({ limits: { ...LIMITS, [name]: lovelace } });
    const retryAtMs = Date.UTC(2026, 10, 21);
    await pool.reserved(upTo(WORST_CASE, 'perDayLovelace'));
    for (const [name, limit] of [
      ['perDayLovelace', 'day'],
      ['perKeyLovelace', 'key'],
      ['perPayerLovelace', 'payer'],
    ] as const)
      expect(await pool.order(upTo(2n * WORST_CASE - 1n, name))).toEqual({
        kind: 'limit-reached',
        limit,
        retryAtMs,
      });
    await pool.reserved(upTo(2n * WORST_CASE, 'perDayLovelace'));
  });

  it('begins every UTC day with empty books', async () => {
    await pool.publish(poolOutputs(9));
    const once = { limits: { ...LIMITS, perDayLovelace: WORST_CASE } };
    await pool.reserved(once);
    expect(await pool.order(once)).toMatchObject({ kind: 'limit-reached' });
    pool.at(12 * 3_600_000);
    await pool.publish(poolOutputs(9));
    await pool.reserved(once);
  });

  it('does not lend what a settlement in flight spends', async () => {
    await pool.publish(poolOutputs(1));
    await pool.journal.journal.claim(claimOf(1, { inputs: [input(0)], expiresAtMs: Date.now() + 60_000 }));
    expect(await pool.order()).toMatchObject({ kind: 'pool-empty' });
    expect(await pool.publish(poolOutputs(1))).toMatchObject({ free: 0 });
  });

  it('survives a thousand payers that reserve and vanish: the pool is complete and the books balance', async () => {
    await pool.publish(poolOutputs(5));
    for (let round = 0; round < 200; round++) {
      pool.at(round * 121_000);
      if (round % 4 === 0) await pool.publish(poolOutputs(5));
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, (_, n) => pool.order({ payer: `addr${round}-${n}` })),
      );
      expect(outcomes.map(({ kind }) => kind)).toEqual(Array(5).fill('reserved'));
    }
    pool.at(200 * 121_000);
    expect(await pool.publish(poolOutputs(5))).toMatchObject({ free: 5, claimed: new Map() });
    expect(await pool.store.counts()).toEqual({ known: 5, free: 5, reserved: 0, bound: 0 });
    expect(present(await pool.store.books())).toMatchObject({
      reservedCount: 1000,
      expiredCount: 1000,
      reservedLovelace: 1000n * WORST_CASE,
      returnedLovelace: 1000n * WORST_CASE,
      outstandingLovelace: 0n,
      spentCount: 0,
    });
    await pool.reserved({ limits: { ...LIMITS, perDayLovelace: WORST_CASE } });
  });
});

describe('publishPool', () => {
  const pool = usePool();

  it('is refused to a worker whose lease is not the newest', async () => {
    expect(await pool.publish(poolOutputs(1), { fence: 0 })).toEqual({ kind: 'superseded' });
    expect(await pool.store.readPool()).toEqual(ok(undefined));
  });

  it('can be read until no worker keeps it any more', async () => {
    await pool.publish(poolOutputs(2), { breaker: 'why not' });
    expect(present(await pool.store.readPool())).toEqual({
      changeAddress: CHANGE_ADDRESS,
      size: 20,
      breaker: 'why not',
      coinsPerUtxoByte: 4310n,
      publishedAtMs: NOON_MS,
    });
    expect(await pool.journal.redis.pttl(`{x402}:sponsorship:preview:pool`)).toBeGreaterThan(590_000);
  });

  it('keeps a lent output lent and names it, listed or not', async () => {
    await pool.publish(poolOutputs(2));
    const { id, input: lent } = await pool.reserved();
    expect(await pool.publish(poolOutputs(2))).toEqual({
      kind: 'published',
      setAside: [],
      free: 1,
      claimed: new Map([[lent, id]]),
    });
    expect(await pool.publish([])).toEqual({
      kind: 'published',
      setAside: [],
      free: 0,
      claimed: new Map([[lent, id]]),
    });
  });

  it('does not lend an output that is not listed any more: the wallet may spend it', async () => {
    await pool.publish(poolOutputs(2));
    await pool.publish([input(1)]);
    expect((await pool.reserved()).input).toBe(input(1));
    expect(await pool.order()).toMatchObject({ kind: 'pool-empty' });
  });
});
