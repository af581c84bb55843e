import { setTimeout as sleep } from 'node:timers/promises';
import { decodePaymentResponseHeader } from '@x402/core/http';
import { fundPayer } from '@x402-facilitator/tools/stack';
import { expect, it } from 'vitest';
import { show, signFor } from '../support/buyer.js';
import type { Fault } from '../support/fault-proxy.js';
import { FRAMEWORKS, startShop } from '../support/shops.js';
import { useProxy, useWorld } from '../support/world.js';

const world = useWorld({ workers: 2 });

const PAYMENTS = 45;
const SEED = 20_261_126;

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

it('hundreds of random faults between buyer, shop and facilitator end with each payment answered, and sold once', async () => {
  const random = randomFrom(SEED);
  let faults = 0;
  const draw = (chance: number): Fault => {
    if (random() > chance) return { kind: 'pass' };
    faults += 1;
    const kinds: readonly Fault[] = [
      { kind: 'cut', at: Math.floor(random() * 900) },
      { kind: 'drop' },
      { kind: 'status', status: 502 + Math.floor(random() * 3), retryAfter: '0' },
      { kind: 'mask', status: 502 + Math.floor(random() * 3) },
      { kind: 'late', ms: Math.floor(random() * 800) },
      { kind: 'twice' },
    ];
    return kinds[Math.floor(random() * kinds.length)] ?? { kind: 'drop' };
  };
  const wallets = await Promise.all(
    FRAMEWORKS.map(() => fundPayer(world.stack(), { outputs: PAYMENTS / FRAMEWORKS.length + 1 })),
  );
  const shops = await Promise.all(
    FRAMEWORKS.map(async (framework) => {
      const toFacilitator = await useProxy(world.stack().apis[0]?.url ?? '');
      const shop = await startShop(world.stack(), {
        framework,
        facilitatorUrl: toFacilitator.url,
        handle: (_, query) => ({ body: Buffer.from(new URL(query, 'http://shop').search) }),
        settleWithinMs: 2_000,
      });
      const toShop = await useProxy(shop.url);
      return { shop, toShop, toFacilitator };
    }),
  );
  const payments = await Promise.all(
    Array.from({ length: PAYMENTS }, async (_, id) => {
      const index = id % shops.length;
      const url = `${shops[index]?.toShop.url}/report?id=${id}`;
      return { id, url, paid: await signFor(world.stack(), url, undefined, wallets[index]?.wallet) };
    }),
  );
  for (const { toShop, toFacilitator } of shops) {
    toShop.plan(() => draw(0.8));
    toFacilitator.plan(() => draw(0.7));
  }

  /** A buyer that never gives up, and never signs again. */
  const buy = async ({ id, url, paid }: (typeof payments)[number]) => {
    for (;;) {
      const answer = await show(url, paid.header).catch(() => undefined);
      if (answer?.status === 200) {
        expect(answer.body.toString()).toBe(`?id=${id}`);
        const receipt = decodePaymentResponseHeader(answer.headers.get('PAYMENT-RESPONSE') ?? '');
        expect(receipt).toMatchObject({ success: true, transaction: paid.txHash });
        return;
      }
      // Never told that it failed: a buyer that believes such an answer pays twice.
      if (answer?.status === 402)
        expect({
          ...JSON.parse(answer.body.toString()),
          said: ['payment-required', 'payment-response'].map((name) =>
            Buffer.from(answer.headers.get(name) ?? '', 'base64').toString(),
          ),
        }).toMatchObject({
          error: expect.stringMatching(/^settlement_(?:pending|unknown)$/),
        });
      await sleep(50);
    }
  };
  await Promise.all(payments.map(buy));

  expect(faults).toBeGreaterThan(200);
  expect(shops.flatMap(({ shop }) => shop.runs).length).toBe(PAYMENTS);
  for (const { paid } of payments)
    expect(await world.stack().control.submission(paid.txHash)).toMatchObject({
      submitted: 1,
      onChain: true,
    });
}, 180_000);
