import { slot } from '@x402-facilitator/cardano';
import { expect, it } from 'vitest';
import { NETWORK } from './support/facilitator.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();
const WINDOW_MS = 600_000;

it('a stability window that ends while the chain cannot be read makes no confirmation final', async () => {
  const { here, payer } = await open();
  const payment = await payer.sign({ requiredConfirmations: 0 });
  await here.confirm(payment);

  here.devnet.faults.add({ kind: 'status', status: 500 });
  await expect
    .poll(() =>
      here.logs().filter(({ message }) => message === 'following the chain failed and is tried again'),
    )
    .not.toHaveLength(0);
  here.devnet.ledger.rollback(1, 'vanish');
  here.forge(2);
  here.leap(WINDOW_MS + 60_000);
  here.devnet.faults.clear();

  // Sent again, it is included in another block, where its window starts again.
  await here.reaches(payment, 'submitted');
  await expect.poll(() => here.submissionsOf(payment)).toBe(2);
  here.forge();
  const settlement = await here.reaches(payment, 'confirmed');
  expect(settlement).not.toHaveProperty('finalAtMs');
  expect(settlement.block?.hash).toBe(here.devnet.ledger.chain.tip.hash);
});

it('a block that left the chain just before it was recorded does not become final', async () => {
  const { here, payer } = await open({ config: { settle: { acceptMempool: true } } });
  const payment = await payer.sign({ requiredConfirmations: -1 });
  await here.settle(payment);
  await here.reaches(payment, 'confirmed');
  here.forge();
  await expect.poll(async () => (await here.read(payment.txHash)).block).toBeDefined();
  const { block } = await here.read(payment.txHash);
  // As a job would that was interrupted between its look at the chain and its write.
  await here.journal.transition({
    network: NETWORK,
    txHash: payment.txHash,
    from: ['confirmed'],
    to: 'confirmed',
    change: { block: { hash: 'f'.repeat(64), height: block?.height ?? 0, slot: slot(1) }, confirmations: 0 },
  });

  here.leap(WINDOW_MS + 1_000);
  here.forge();
  await expect.poll(async () => (await here.read(payment.txHash)).block?.hash).toBe(block?.hash);
});
