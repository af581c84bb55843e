import { expect, it } from 'vitest';
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
  await here.reaches(payment, 'submitted', 25_000);
  await expect.poll(() => here.submissionsOf(payment), { timeout: 25_000 }).toBe(2);
  here.forge();
  const settlement = await here.reaches(payment, 'confirmed');
  expect(settlement).not.toHaveProperty('finalAtMs');
  expect(settlement.block?.hash).toBe(here.devnet.ledger.chain.tip.hash);
}, 90_000);
