import { bytesAt, DAMAGES, recordKey } from '@x402-facilitator/journal/testing';
import { scrape } from '@x402-facilitator/shared/testing';
import { expect, it } from 'vitest';
import { NETWORK } from './support/facilitator.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();

/** One of each kind. The journal's own tests have all of them. */
const SORTS = ['of a newer version', 'that lacks a field', 'in an unknown state', 'that is not a hash'];
const damages = DAMAGES.filter(([name]) => SORTS.includes(name));

it.each(damages)(
  'one record of eight is %s: seven confirm, through a rollback too; it is set aside, counted and reported once',
  async (_name, damage) => {
    const { here, payer } = await open({ outputs: 8 });
    const payments = await Promise.all(Array.from({ length: 8 }, () => payer.sign()));
    for (const payment of payments) await here.settle(payment);
    for (const payment of payments) await here.reaches(payment, 'submitted');
    const [damaged, ...sound] = payments;
    if (damaged === undefined) throw new Error('expected payments');
    const key = recordKey(damaged.txHash);
    await damage(here.redis, key);
    const before = await bytesAt(here.redis, key);

    here.forge();
    for (const payment of sound) await here.reaches(payment, 'included');
    here.devnet.ledger.rollback(1, 'return');
    for (const payment of sound) await here.reaches(payment, 'submitted');
    here.forge(3);
    for (const payment of sound) await here.reaches(payment, 'confirmed');

    // It becomes due for the sweeper like any other.
    await here.journal.postpone(NETWORK, damaged.txHash, Date.now());
    const url = `http://127.0.0.1:${here.workers[0]?.healthPort}`;
    await expect
      .poll(async () => (await scrape(url)).value('settlement_records_unreadable', { network: NETWORK }))
      .toBe(1);
    await here.queue.requeue({ network: NETWORK, txHash: damaged.txHash });
    await expect.poll(() => here.queue.jobState(damaged.txHash)).toBe('completed');
    expect(await bytesAt(here.redis, key)).toBe(before);
    expect(here.logs().filter(({ level }) => level === 'error')).toMatchObject([
      { transaction: damaged.txHash, message: expect.stringContaining('set aside and left as it is') },
    ]);
  },
);

it('a worker that meets no such record shows zero', async () => {
  const { here } = await open();
  const shown = await scrape(`http://127.0.0.1:${here.workers[0]?.healthPort}`);
  expect(shown.value('settlement_records_unreadable', { network: NETWORK })).toBe(0);
});
