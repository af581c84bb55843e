import { LOVELACE } from '@x402-facilitator/cardano';
import {
  createJournalTotals,
  PENDING_STATES,
  SETTLEMENT_STATES,
  type SettlementState,
  settlementsIn,
} from '@x402-facilitator/journal';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  changeTo,
  claimOf,
  input,
  type JournalHarness,
  NETWORK,
  openJournal,
  present,
  txHash,
} from '../support/harness.js';
import { isPermitted } from '../support/index.js';

const STABILITY_MS = 10_000;
const TRANSACTIONS = [1, 2, 3, 4];
/** Four payments over three inputs: most pairs of them conflict. */
const INPUTS: Readonly<Record<number, readonly number[]>> = { 1: [1], 2: [1, 2], 3: [2, 3], 4: [3] };

const transactionArbitrary = fc.constantFrom(...TRANSACTIONS);
const stateArbitrary = fc.constantFrom(...SETTLEMENT_STATES);
const eventArbitrary = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      transaction: transactionArbitrary,
      binding: fc.constantFrom('x', 'y'),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('transition' as const),
      transaction: transactionArbitrary,
      from: fc.oneof(fc.constant(SETTLEMENT_STATES), fc.uniqueArray(stateArbitrary, { minLength: 1 })),
      to: stateArbitrary,
      fence: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 4 }),
      leaseFence: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined, freq: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('deliver' as const), transaction: transactionArbitrary }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('conclude' as const), transaction: transactionArbitrary }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(STABILITY_MS) }) },
);

let harness: JournalHarness;
beforeAll(async () => {
  harness = await openJournal({ stabilityMs: STABILITY_MS });
});
afterAll(async () => {
  await harness.close();
});

async function readAll() {
  const settlements = await harness.journal.readMany(NETWORK, TRANSACTIONS.map(txHash));
  expect(settlements.every(({ ok }) => ok)).toBe(true);
  return new Map(settlementsIn(settlements).map((settlement) => [settlement.txHash, settlement]));
}

it('no order of events breaks a settlement: table, fences, revisions, one claim per input, one delivery, terminal, totals', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(eventArbitrary, { minLength: 1, maxLength: 60 }), async (events) => {
      await harness.redis.flushdb();
      await harness.redis.set('{x402}:journal:preview:lease-fence', 2);
      let nowMs = Date.now();
      harness.at(nowMs);
      const deliveries = new Map<number, number>();

      for (const event of events) {
        const before = await readAll();
        const previous = event.kind === 'pass' ? undefined : before.get(txHash(event.transaction));
        switch (event.kind) {
          case 'pass':
            nowMs += event.ms;
            harness.at(nowMs);
            break;
          case 'claim': {
            const outcome = await harness.journal.claim(
              claimOf(event.transaction, {
                binding: event.binding,
                inputs: (INPUTS[event.transaction] ?? []).map(input),
                expiresAtMs: nowMs + 3_600_000,
              }),
            );
            if (previous === undefined) expect(['claimed', 'input-reserved']).toContain(outcome.kind);
            else expect(outcome.kind).toBe(previous.binding === event.binding ? 'joined' : 'bound-elsewhere');
            break;
          }
          case 'transition': {
            const outcome = await harness.journal.transition(
              changeTo(
                event.to,
                {
                  txHash: txHash(event.transaction),
                  from: event.from,
                  ...(event.fence === undefined ? {} : { fence: event.fence }),
                  ...(event.leaseFence === undefined ? {} : { leaseFence: event.leaseFence }),
                },
                previous?.state,
              ),
            );
            const allowed =
              previous !== undefined &&
              previous.finalAtMs === undefined &&
              event.from.includes(previous.state) &&
              isPermitted(previous.state, event.to) &&
              (event.fence === undefined || event.fence === previous.attempts) &&
              (event.leaseFence === undefined || event.leaseFence === 2);
            const refusal = previous === undefined ? 'not-found' : 'refused';
            expect(outcome.kind).toBe(allowed ? 'changed' : refusal);
            break;
          }
          case 'deliver': {
            const outcome = await harness.journal.deliver(NETWORK, txHash(event.transaction));
            if (outcome?.kind === 'delivered') {
              deliveries.set(event.transaction, (deliveries.get(event.transaction) ?? 0) + 1);
              expect(outcome.settlement.state).toBe('confirmed');
            }
            break;
          }
          case 'conclude':
            await harness.journal.conclude(NETWORK, txHash(event.transaction));
            break;
        }

        const after = await readAll();
        for (const [transaction, settlement] of after) {
          const was = before.get(transaction);
          if (was === undefined) {
            expect(settlement).toMatchObject({ state: 'queued', revision: 1, attempts: 0 });
          } else if (was.finalAtMs !== undefined) {
            // Delivering a terminal success is the only write that is still allowed.
            const { revision: _, deliveredAtMs: __, ...kept } = was;
            expect(settlement).toMatchObject(kept);
          } else if (JSON.stringify(settlement, bigints) !== JSON.stringify(was, bigints)) {
            expect(settlement.revision).toBe(was.revision + 1);
            expect(settlement.state === was.state || isPermitted(was.state, settlement.state)).toBe(true);
          }
        }
        expect([...before.keys()].every((transaction) => after.has(transaction))).toBe(true);

        const unfinished = [...after.values()].filter(({ finalAtMs }) => finalAtMs === undefined);
        const held = unfinished.flatMap(({ inputs }) => inputs);
        expect(new Set(held).size).toBe(held.length);
        expect(new Set(await harness.journal.pending(NETWORK))).toEqual(
          new Set(unfinished.map(({ txHash }) => txHash)),
        );
      }
      const settlements = [...(await readAll()).values()];
      const inState = (state: SettlementState) => settlements.filter((it) => it.state === state);
      const [totals] = (await createJournalTotals(harness.redis).read([NETWORK])).map(present);
      expect(totals).toMatchObject({
        accepted: settlements.length,
        pending: settlements.filter(({ state }) => PENDING_STATES.some((it) => it === state)).length,
        confirmed: inState('confirmed').length,
        failed: inState('failed').length,
        expired: inState('expired').length,
      });
      const paid = inState('confirmed').reduce((sum, { amount }) => sum + amount, 0n);
      expect(totals?.volume.get(LOVELACE) ?? 0n).toBe(paid);
      expect([...deliveries.values()].every((count) => count === 1)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
