import type { Sponsorship } from '@x402-facilitator/journal';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { input, present, txHash } from '../support/harness.js';
import { LIMITS, type PoolHarness, usePool } from './harness.js';

const POOL = [0, 1, 2, 3];
const PREFIX = '{x402}:sponsorship:preview';
const LIVE = ['reserved', 'bound', 'signed'];

const which = fc.nat(5);
const eventArbitrary = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('publish' as const), outputs: fc.subarray(POOL) }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('reserve' as const), payer: fc.constantFrom('a', 'b') }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('bind' as const),
      which,
      transaction: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unbind' as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('sign' as const),
      which,
      feeLovelace: fc.bigInt(0n, 500_000n),
      lentLovelace: fc.bigInt(0n, 1_700_000n),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('close' as const),
      which,
      as: fc.constantFrom('spent' as const, 'released' as const, 'lost' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(150_000) }) },
);
type Event = typeof eventArbitrary extends fc.Arbitrary<infer T> ? T : never;

const pool = usePool();

/** One event, and the output that it lends, if any. */
async function apply(event: Event, seen: Sponsorship[], clock: { ms: number }): Promise<void> {
  const chosen = 'which' in event ? seen[event.which % Math.max(seen.length, 1)] : undefined;
  const current = chosen && present(await pool.store.read(chosen.id));
  switch (event.kind) {
    case 'publish':
      await pool.publish(event.outputs.map(input));
      return;
    case 'pass':
      clock.ms += event.ms;
      pool.at(clock.ms);
      return;
    case 'reserve': {
      const outcome = await pool.order({ payer: event.payer, maxConcurrent: 3 });
      if (outcome.kind === 'reserved') seen.push(outcome.sponsorship);
      return;
    }
    case 'bind':
      if (chosen !== undefined)
        await pool.store.bind({
          ...chosen,
          txHash: txHash(event.transaction),
          transactionExpiresAtMs: 0,
        });
      return;
    case 'unbind':
      if (current?.txHash !== undefined) await pool.store.unbind({ id: current.id, txHash: current.txHash });
      return;
    case 'sign':
      if (current?.txHash !== undefined)
        await pool.store.markSigned({
          ...event,
          id: current.id,
          txHash: current.txHash,
          limits: LIMITS,
        });
      return;
    case 'close':
      if (current?.txHash !== undefined)
        await pool.store.close({ id: current.id, txHash: current.txHash, as: event.as });
  }
}

/** As Redis holds them, with the expired reservations that are not swept yet. */
async function recorded({ journal }: PoolHarness, seen: readonly Sponsorship[]) {
  const { redis } = journal;
  const hashes = await Promise.all(seen.map(({ id }) => redis.hgetall(`${PREFIX}:reservation:${id}`)));
  const sum = (records: readonly Record<string, string>[]) =>
    records.reduce((total, { bookedLovelace = '0' }) => total + BigInt(bookedLovelace), 0n);
  return {
    live: hashes.filter(({ state = '' }) => LIVE.includes(state)),
    bookedByLive: sum(hashes.filter(({ state = '' }) => LIVE.includes(state))),
    bookedByAll: sum(hashes),
    bookedByPayers: sum(hashes.filter(({ transaction }) => transaction !== undefined)),
    free: await redis.zrange(`${PREFIX}:free`, 0, '-1'),
    known: await redis.hkeys(`${PREFIX}:known`),
    taken: await redis.hgetall(`${PREFIX}:taken`),
    days: await Promise.all(['2026-11-20', '2026-11-21'].map((day) => redis.hgetall(`${PREFIX}:day:${day}`))),
  };
}

it('in any order of events no output is lent twice or lost, and every lovelace is on the books', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(eventArbitrary, { minLength: 10, maxLength: 40 }), async (events) => {
      const seen: Sponsorship[] = [];
      const clock = { ms: 0 };
      pool.at(0);
      await pool.publish(POOL.map(input));
      for (const event of events) {
        await apply(event, seen, clock);
        const { live, bookedByLive, bookedByAll, bookedByPayers, free, known, taken, days } = await recorded(
          pool,
          seen,
        );
        const claims = Object.fromEntries(live.map(({ input: output = '', id = '' }) => [output, id]));
        expect(taken, 'each live one has its output, and no other has one').toEqual(claims);
        expect(live.length, 'no output is lent to two').toBe(Object.keys(claims).length);
        expect(free.filter((output) => output in taken || !known.includes(output))).toEqual([]);
        const books = present(await pool.store.books());
        const { spentFeeLovelace, spentLentLovelace, returnedLovelace, outstandingLovelace } = books;
        expect(outstandingLovelace).toBe(bookedByLive);
        expect(books.reservedLovelace).toBe(
          returnedLovelace + spentFeeLovelace + spentLentLovelace + outstandingLovelace,
        );
        const ofDays = (isCounted: (field: string) => boolean) =>
          days
            .flatMap((day) => Object.entries(day))
            .reduce((total, [field, lovelace]) => total + (isCounted(field) ? BigInt(lovelace) : 0n), 0n);
        expect(ofDays((field) => field === 'total')).toBe(bookedByAll);
        expect(ofDays((field) => field.startsWith('key:'))).toBe(bookedByAll);
        expect(ofDays((field) => field.startsWith('payer:'))).toBe(bookedByPayers);
      }
      await pool.journal.redis.del(...(await pool.journal.redis.keys(`${PREFIX}:*`)));
    }),
    { numRuns: 40 },
  );
});

it('released reservations use none of the limits, and none is left waiting', async () => {
  await pool.publish(POOL.map(input));
  for (const n of POOL) {
    const { id } = await pool.bound(txHash(n + 1));
    await pool.store.close({ id, txHash: txHash(n + 1), as: 'released' });
  }
  const totals = await pool.journal.redis.hgetall(`${PREFIX}:day:2026-11-20`);
  expect(new Set(Object.values(totals))).toEqual(new Set(['0']));
  expect(await pool.store.counts()).toEqual({ known: 4, free: 4, reserved: 0, bound: 0 });
});
