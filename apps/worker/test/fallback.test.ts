import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { expect, it, onTestFinished } from 'vitest';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();

/** A facilitator with two providers of one ledger: the primary, and Koios as its fallback. */
async function openWithFallback() {
  const fallback = await startDevnet({ blockMs: 0 });
  onTestFinished(() => fallback.close());
  const { here, payer } = await open({
    devnet: { ledgerOf: fallback },
    config: { chain: { fallbacks: [{ type: 'koios', url: fallback.koiosUrl }] } },
  });
  return { here, payer, fallback };
}

function fail(devnet: Devnet, operation: string, count?: number) {
  devnet.faults.add({
    kind: 'drop-before',
    operation,
    probability: 1,
    ...(count === undefined ? {} : { count }),
  });
}

it('without its primary a worker submits, follows and confirms through Koios, and its health says so', async () => {
  const { here, payer, fallback } = await openWithFallback();
  const payment = await payer.sign({ requiredConfirmations: 1 });
  fail(here.devnet, '*');
  await here.settle(payment);
  await here.reaches(payment, 'submitted');
  here.forge();
  await here.reaches(payment, 'included');
  here.forge();
  await here.reaches(payment, 'confirmed');
  expect(fallback.requests.snapshot().operations).toMatchObject({ 'POST /submittx': 1 });
  expect(fallback.ledger.submissions.get(payment.txHash)).toMatchObject({ accepted: 1, applied: 1 });

  await expect
    .poll(async () => {
      const answer = await fetch(`http://127.0.0.1:${here.workers[0]?.healthPort}/health`);
      return answer.json();
    })
    .toMatchObject({
      status: 'healthy',
      networks: [
        {
          chain: {
            isUp: true,
            providers: [
              { name: 'blockfrost', state: 'down' },
              { name: 'koios-2', state: 'up' },
            ],
          },
        },
      ],
    });
});

it('without a readable mempool, sending the same bytes again resolves a doubt', async () => {
  const { here, payer, fallback } = await openWithFallback();
  const payment = await payer.sign({ requiredConfirmations: 0 });
  fail(here.devnet, '*');
  fail(fallback, 'POST /submittx', 1);
  await here.settle(payment);
  await here.reaches(payment, 'submitted');
  here.forge();
  expect(await here.reaches(payment, 'confirmed')).toMatchObject({ attempts: 2 });
  expect(fallback.ledger.submissions.get(payment.txHash)).toMatchObject({ accepted: 1, applied: 1 });
});
