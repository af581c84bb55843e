import { type AssetId, LOVELACE } from '@x402-facilitator/cardano';
import {
  createKeyStore,
  createKeyUsage,
  createRedisJournal,
  SETTLEMENT_STATES,
  type Settlement,
  settlementsIn,
} from '@x402-facilitator/journal';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changeTo, claimOf, type JournalHarness, NETWORK, openJournal, txHash } from '../support/harness.js';

const TRANSACTIONS = [1, 2, 3, 4, 5, 6];
const TOKEN = `${'ab'.repeat(28)}.746f6b` as AssetId;
const LIMIT = 3;
const VOLUME = 20n;

const event = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      seed: fc.constantFrom(...TRANSACTIONS),
      keyName: fc.constantFrom('shop', 'rival', undefined),
      asset: fc.constantFrom(LOVELACE, TOKEN),
      amount: fc.bigInt(0n, 12n),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('transition' as const),
      seed: fc.constantFrom(...TRANSACTIONS),
      // Confirmations, rollbacks and ends come about as often as the steps that lead there.
      to: fc.constantFrom(
        ...SETTLEMENT_STATES,
        'submitting',
        'submitted',
        'included',
        'confirmed',
        'submitted',
      ),
    }),
  },
);

let harness: JournalHarness;
beforeAll(async () => {
  harness = await openJournal();
});
afterAll(() => harness.close());

it('in any order of claims, confirmations, rollbacks and ends the usage of a key is the sum over its records, within its quotas', async () => {
  const journal = createRedisJournal({ redis: harness.redis, countsUsage: true });
  const usage = createKeyUsage(harness.redis);
  const isUsed = ({ state }: Settlement) => state !== 'failed' && state !== 'expired';
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 60 }), async (events) => {
      await harness.redis.flushdb();
      await createKeyStore(harness.redis).create({
        name: 'shop',
        role: 'caller',
        settings: {
          quotas: { [NETWORK]: { settlements: { day: LIMIT }, volume: { [TOKEN]: { month: `${VOLUME}` } } } },
        },
      });
      const records = async (keyName: string) =>
        settlementsIn(await journal.readMany(NETWORK, TRANSACTIONS.map(txHash))).filter(
          (it) => it.keyName === keyName,
        );
      const sum = (of: readonly Settlement[]) => of.reduce((total, { amount }) => total + amount, 0n);

      for (const it of events) {
        if (it.kind === 'transition') {
          const [before] = settlementsIn(await journal.readMany(NETWORK, [txHash(it.seed)]));
          await journal.transition(changeTo(it.to, { txHash: txHash(it.seed) }, before?.state));
          continue;
        }
        const { seed, keyName, asset, amount } = it;
        const own = (await records('shop')).filter(isUsed);
        const paid = sum(own.filter((record) => record.asset === TOKEN));
        const isOver = own.length >= LIMIT || (asset === TOKEN && paid + amount > VOLUME);
        const { kind } = await journal.claim(claimOf(seed, { keyName, asset, amount }));
        if (kind !== 'joined') expect(kind).toBe(keyName === 'shop' && isOver ? 'quota-reached' : 'claimed');
      }

      for (const keyName of ['shop', 'rival']) {
        const [counted] = await usage.read([NETWORK], keyName);
        const all = await records(keyName);
        const inState = (state: string) => all.filter((record) => record.state === state);
        for (const period of [counted?.day, counted?.month]) {
          expect(period?.settlements).toEqual({
            used: all.filter(isUsed).length,
            pending: all.filter(isUsed).length - inState('confirmed').length,
            confirmed: inState('confirmed').length,
            failed: inState('failed').length,
            expired: inState('expired').length,
          });
          for (const asset of [LOVELACE, TOKEN]) {
            const of = (records: readonly Settlement[]) => sum(records.filter((it) => it.asset === asset));
            expect(period?.volume.get(asset) ?? { used: 0n, confirmed: 0n }).toEqual({
              used: of(all.filter(isUsed)),
              confirmed: of(inState('confirmed')),
            });
          }
        }
      }
    }),
    { numRuns: 150 },
  );
});
