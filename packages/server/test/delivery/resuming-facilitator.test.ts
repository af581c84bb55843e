import { expect, it } from 'vitest';
import { show, signFor } from '../support/buyer.js';
import { startShop } from '../support/shops.js';
import { useWorld } from '../support/world.js';

const world = useWorld({ settings: { X402_SETTLE__REDEMPTION: 'resume' } });

it('where a facilitator gives a success again and again, one payment still buys one thing of two shops that share nothing', async () => {
  const open = () =>
    startShop(world.stack(), {
      framework: 'express',
      facilitatorUrl: world.stack().apis[0]?.url ?? '',
      handle: (_, query) => ({ body: Buffer.from(query) }),
    });
  const [first, second] = [await open(), await open()];
  const paid = await signFor(world.stack(), `${first.url}/report?id=1`);
  expect((await show(`${first.url}/report?id=1`, paid.header)).body.toString()).toBe('/report?id=1');
  expect((await show(`${second.url}/report?id=2`, paid.header)).status).toBe(402);
  expect((await show(`${second.url}/report`, paid.header)).status).toBe(402);
  expect((await show(`${second.url}/report?id=1`, paid.header)).body.toString()).toBe('/report?id=1');
  expect(await world.stack().control.submission(paid.txHash)).toMatchObject({ submitted: 1 });
});
