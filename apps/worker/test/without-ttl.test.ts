import { describe, expect, it } from 'vitest';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();
const config = { chain: { follower: { failureDepth: 3 } } };
const DAYS_MS = 3 * 86_400_000;
const SUBMIT = 'POST /tx/submit';

describe('a transaction without TTL', () => {
  it('is confirmed like any other', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ validForMs: 'ever' });
    expect(await here.confirm(payment, 2)).not.toHaveProperty('ttl');
  });

  it('is sent however late, long after its inputs were held for it, and is paid then', async () => {
    const { here, payer } = await open({ config });
    const { id } = here.devnet.faults.add({ kind: 'drop-before', operation: SUBMIT, probability: 1 });
    const payment = await payer.sign({ validForMs: 'ever', heldForMs: 1_000 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    here.leap(DAYS_MS);
    here.forge(8);
    const { attempts } = await here.read(payment.txHash);
    await expect
      .poll(async () => {
        here.leap(600_000);
        return (await here.read(payment.txHash)).attempts;
      })
      .toBeGreaterThan(attempts);
    expect((await here.read(payment.txHash)).state).toMatch(/ambiguous|submitting/);
    here.devnet.faults.remove(id);
    await expect
      .poll(async () => {
        here.leap(600_000);
        return (await here.read(payment.txHash)).state;
      })
      .toBe('submitted');
    here.forge(2);
    await here.reaches(payment, 'confirmed');
  });

  it('is not failed for a rival that a rollback could undo, and is once it is deep', async () => {
    const { here, payer } = await open({ config });
    here.devnet.faults.add({ kind: 'drop-before', operation: SUBMIT, probability: 1, count: 1 });
    const payment = await payer.sign({ from: 0, validForMs: 'ever' });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    const rival = await payer.sign({ from: 0, lovelace: 4_000_000n });
    here.devnet.ledger.submit(rival.signedTransaction);
    here.forge(3);
    here.leap(30_000);
    await expect
      .poll(async () => (await here.read(payment.txHash)).lastProviderMessage)
      .toMatch(/a rollback could still undo that/);
    expect((await here.read(payment.txHash)).state).toBe('ambiguous');
    here.forge(1);
    here.leap(60_000);
    expect((await here.reaches(payment, 'failed')).proof).toMatchObject({
      kind: 'superseded',
      by: rival.txHash,
    });
  });

  it('comes back after a rollback, days later too', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ validForMs: 'ever', heldForMs: 1_000, requiredConfirmations: 0 });
    await here.confirm(payment);
    here.devnet.ledger.rollback(1, 'vanish');
    here.forge(2);
    here.leap(30_000);
    await expect
      .poll(async () => {
        here.leap(30_000);
        return here.submissionsOf(payment);
      })
      .toBeGreaterThan(1);
    here.forge(2);
    await here.reaches(payment, 'confirmed');
  });

  it('does not keep those that have one from expiring', async () => {
    const { here, payer } = await open({ outputs: 14, config });
    here.devnet.faults.add({ kind: 'drop-before', operation: SUBMIT, probability: 1 });
    // More than a tick looks at.
    for (let from = 0; from < 12; from += 1) {
      const endless = await payer.sign({ from, validForMs: 'ever', heldForMs: 1_000 });
      await here.settle(endless);
    }
    const short = await payer.sign({ from: 12, validForMs: 20_000 });
    await here.settle(short);
    await here.reaches(short, 'ambiguous');
    here.leap(300_000);
    here.forge(8);
    await here.reaches(short, 'expired');
  });
});
