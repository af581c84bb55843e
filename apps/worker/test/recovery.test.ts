import { changeTo } from '@x402-facilitator/journal/testing';
import { expect, it } from 'vitest';
import { NETWORK } from './support/facilitator.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();

it('a claim whose job was never enqueued is found and submitted', async () => {
  const { here, payer } = await open();
  const payment = await payer.sign({ requiredConfirmations: 0 });
  await here.journal.claim(payment);
  here.leap(11_000);
  await here.reaches(payment, 'submitted');
  here.forge();
  await here.reaches(payment, 'confirmed');
  expect(here.submissionsOf(payment)).toBe(1);
});

it.each([true, false])(
  'a submission whose worker vanished continues, whether the node took it (%s) or not',
  async (isTaken) => {
    const { here, payer } = await open({ workers: 0 });
    const payment = await payer.sign({ requiredConfirmations: 0 });
    await here.journal.claim(payment);
    const { network, txHash: transaction } = payment;
    await here.journal.transition({ network, txHash: transaction, from: ['queued'], to: 'submitting' });
    if (isTaken) here.devnet.ledger.submit(payment.signedTransaction);
    await here.startWorker();
    here.leap(31_000);
    await here.reaches(payment, 'submitted');
    here.forge();
    expect((await here.reaches(payment, 'confirmed')).attempts).toBe(isTaken ? 1 : 2);
    expect(here.submissionsOf(payment)).toBe(1);
  },
);

it('a submission that the mempool lost is noticed and sent again', async () => {
  const { here, payer } = await open({ workers: 0 });
  const payment = await payer.sign({ requiredConfirmations: 0 });
  await here.journal.claim(payment);
  const { network, txHash: transaction } = payment;
  await here.journal.transition({ network, txHash: transaction, from: ['queued'], to: 'submitting' });
  await here.journal.transition({ network, txHash: transaction, from: ['submitting'], to: 'submitted' });
  await here.startWorker();
  here.leap(91_000);
  await expect.poll(() => here.submissionsOf(payment)).toBe(1);
  here.forge();
  await here.reaches(payment, 'confirmed');
});

it('an attempt that was overtaken cannot write any more', async () => {
  const { here, payer } = await open({ workers: 0 });
  const payment = await payer.sign();
  await here.journal.claim(payment);
  const { network, txHash: transaction } = payment;
  const begun = await here.journal.transition({
    network,
    txHash: transaction,
    from: ['queued'],
    to: 'submitting',
  });
  await here.startWorker();
  here.leap(31_000);
  const settlement = await here.reaches(payment, 'submitted');
  expect(settlement.attempts).toBe(2);
  const late = await here.journal.transition(
    changeTo('failed', {
      txHash: transaction,
      from: ['submitting', 'submitted'],
      fence: begun.kind === 'changed' ? begun.settlement.attempts : 0,
    }),
  );
  expect(late).toEqual({ kind: 'refused', settlement });
});

it('another worker follows the chain as soon as the follower leaves, from the same position', async () => {
  const { here, payer } = await open({ workers: 2 });
  const followers = async () => {
    const healths = await Promise.all(
      here.workers.map(async ({ healthPort }) => {
        const response = await fetch(`http://127.0.0.1:${healthPort}/health`).catch(() => undefined);
        const body = (await response?.json()) as { networks: { isFollower: boolean }[] } | undefined;
        return body?.networks[0]?.isFollower ?? false;
      }),
    );
    return healths.indexOf(true);
  };
  await expect.poll(followers).toBeGreaterThanOrEqual(0);
  const first = await followers();
  const payment = await payer.sign({ requiredConfirmations: 2 });
  await here.settle(payment);
  await here.reaches(payment, 'submitted');
  here.forge();
  await here.reaches(payment, 'included');

  await here.workers[first]?.stop();
  here.forge(2);
  await here.reaches(payment, 'confirmed');
  expect(await followers()).toBe(1 - first);
});

it('a worker catches up with the blocks that were made while none ran', async () => {
  const { here, payer } = await open();
  const [early, late] = [await payer.sign({ requiredConfirmations: 3 }), await payer.sign()];
  await here.settle(early);
  await here.reaches(early, 'submitted');
  here.forge();
  await here.reaches(early, 'included');
  await here.settle(late);
  await here.reaches(late, 'submitted');
  await Promise.all(here.workers.map((worker) => worker.stop()));
  here.forge(250);
  await here.startWorker();
  expect((await here.reaches(early, 'confirmed')).confirmations).toBe(250);
  await here.reaches(late, 'confirmed');
  const head = here.devnet.ledger.chain.tip;
  await expect
    .poll(async () => JSON.parse((await here.redis.get('{x402}:journal:preview:chain')) ?? '[]').at(-1)?.hash)
    .toBe(head.hash);
  expect(await here.journal.counts(NETWORK)).toEqual({ pending: 0, awaiting: 0, watched: 2 });
});

it('a provider that is down for a while only costs time', async () => {
  const { here, payer } = await open();
  const payment = await payer.sign({ requiredConfirmations: 0 });
  here.devnet.faults.add({ kind: 'status', status: 503, operation: '*', probability: 1, when: 'before' });
  await here.settle(payment);
  await here.reaches(payment, 'ambiguous');
  here.devnet.faults.clear();
  await here.reaches(payment, 'submitted');
  here.forge();
  await here.reaches(payment, 'confirmed');
});
