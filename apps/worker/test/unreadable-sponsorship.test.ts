import { present, SPONSORSHIP_DAMAGES, sponsorshipKey } from '@x402-facilitator/journal/testing';
import { expect, it } from 'vitest';
import { sponsoringConfig, sponsoringOn } from './support/sponsored.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();
const WINDOW = '{x402}:journal:preview:chain';

async function openSponsoring() {
  const { here, payer } = await open({ outputs: 4, config: sponsoringConfig({ pool: { size: 4 } }) });
  const sponsoring = await sponsoringOn(here);
  sponsoring.fundWallet(100_000_000n);
  await sponsoring.poolHolds(4);
  const errors = () => here.logs().filter(({ level }) => level === 'error');
  return { here, payer, sponsoring, errors };
}

const damages = SPONSORSHIP_DAMAGES.filter(([name]) => /lacks|newer|no hash/.test(name));

it.each(damages)(
  'one sponsorship of two is %s: the other is signed, confirmed and closed; it is set aside and told once',
  async (_name, damage) => {
    const { here, sponsoring, errors } = await openSponsoring();
    const [bad, good] = [await sponsoring.pay(), await sponsoring.pay()];
    await damage(here.redis, sponsorshipKey(`reservation:${bad.sponsorship.id}`));
    for (const payment of [bad, good]) {
      expect((await here.journal.claim(payment)).kind).toBe('claimed');
      await here.queue.enqueue({ network: payment.network, txHash: payment.txHash });
    }
    await here.reaches(good, 'submitted');
    here.forge(2);
    await here.reaches(good, 'confirmed');
    here.leap(700_000);
    const stateOf = async () => present(await sponsoring.store.read(good.sponsorship.id)).state;
    await expect.poll(stateOf).toBe('spent');
    expect((await sponsoring.store.read(bad.sponsorship.id)).ok).toBe(false);
    expect(errors()).toMatchObject([
      { message: expect.stringContaining('set aside'), metadata: { id: bad.sponsorship.id } },
    ]);
  },
);

it('a place on the chain and an own transaction that are damaged: nothing is lent, and payments confirm through a rollback', async () => {
  const { here, payer, sponsoring, errors } = await openSponsoring();
  const [first, second] = [await payer.sign(), await payer.sign()];
  await here.settle(first);
  await here.reaches(first, 'submitted');
  here.forge();
  await here.reaches(first, 'included');
  await here.workers[0]?.stop();
  await here.redis.set(WINDOW, '{"oops');
  await here.redis.set(sponsorshipKey('pool-transaction'), '{"oops');
  here.devnet.ledger.rollback(1, 'return');
  await here.startWorker();
  await here.reaches(first, 'submitted');
  await here.settle(second);
  await here.reaches(second, 'submitted');
  here.forge(3);
  for (const payment of [first, second]) await here.reaches(payment, 'confirmed');
  const breakerOf = async () => present(await sponsoring.store.readPool()).breaker;
  await expect.poll(breakerOf).toContain('own transaction under way cannot be read');
  expect(
    errors()
      .map(({ message }) => message)
      .toSorted(),
  ).toEqual([
    expect.stringContaining('the place on the chain cannot be read'),
    expect.stringContaining('nothing is lent'),
  ]);
  expect(await here.redis.get(sponsorshipKey('pool-transaction'))).toBe('{"oops');
  await here.redis.del(sponsorshipKey('pool-transaction'));
  await expect.poll(breakerOf).toBeUndefined();
});
