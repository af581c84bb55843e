import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blockfrost, createBuyer, newSeedPhrase, openWallet } from '@x402-facilitator/client';
import { fileStore } from '@x402-facilitator/client/node';
import { type Fault, FRAMEWORKS, startFaultProxy, startShop } from '@x402-facilitator/server/testing';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from './chaos/random.js';
import { get } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

const stack = useStack({ workers: 2, paywall: false });

const SEED = Number(process.env.BUYING_SEED ?? randomInt(2 ** 32));
const WANTED_FAULTS = 200;
const AT_ONCE = 8;
const PRICE = 2_000_000n;
const FUNDS = 1_000_000_000n;
/** A buyer that has not got its resource after so many calls never will. */
const MOST_CALLS = 40;

/** What strikes between facilitator or buyer and the chain's provider. */
const PROVIDER_FAULTS = [
  { operation: 'POST /tx/submit', kind: 'drop-after', probability: 0.15 },
  { operation: 'POST /tx/submit', kind: 'status', status: 504, when: 'after', probability: 0.15 },
  { operation: 'POST /tx/submit', kind: 'drop-before', probability: 0.1 },
  { operation: '*', kind: 'status', status: 503, probability: 0.03 },
  { operation: '*', kind: 'latency', ms: 150, probability: 0.05 },
];

test(`200 random faults between buyer, shop, facilitator and provider (BUYING_SEED=${SEED}): each resource is paid exactly once, and each payment is answered`, async () => {
  const random = createRandom(SEED);
  const counts = new Map<Fault['kind'], number>();
  const faults = () => [...counts.values()].reduce((sum, count) => sum + count, 0);
  const draw = (): Fault => {
    if (random.next() > 0.55) return { kind: 'pass' };
    const fault = random.pick<Fault>([
      { kind: 'cut', at: random.between(0, 900) },
      { kind: 'drop' },
      { kind: 'status', status: random.between(502, 504), retryAfter: '0' },
      { kind: 'mask', status: random.between(502, 504) },
      { kind: 'late', ms: random.between(1, 500) },
      { kind: 'twice' },
    ]);
    counts.set(fault.kind, (counts.get(fault.kind) ?? 0) + 1);
    return fault;
  };
  const through = async (upstream: string) => {
    const proxy = await startFaultProxy(upstream);
    onTestFinished(() => proxy.stop());
    return proxy;
  };
  const shops = await Promise.all(
    FRAMEWORKS.map(async (framework) => {
      const toFacilitator = await through(replica(stack().apis).url);
      const shop = await startShop(stack(), {
        framework,
        facilitatorUrl: toFacilitator.url,
        handle: (_, url) => ({ body: Buffer.from(new URL(url, 'http://shop').search) }),
        settleWithinMs: 2_000,
      });
      const toShop = await through(shop.url);
      // It has asked the facilitator what it settles.
      expect((await fetch(`${shop.url}/report`)).status).toBe(402);
      for (const proxy of [toFacilitator, toShop]) proxy.plan(draw);
      return { shop, url: toShop.url };
    }),
  );

  const chain = blockfrost(stack().network, { url: stack().devnet.url });
  const wallet = await openWallet({ chain, secret: { seedPhrase: newSeedPhrase() } });
  await stack().control.fund({
    address: wallet.address,
    lovelace: FUNDS,
    outputs: AT_ONCE * 4,
  });
  const directory = mkdtempSync(join(tmpdir(), 'x402-buying-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const store = await fileStore(directory);
  const newBuyer = () =>
    createBuyer({
      wallet,
      store,
      limits: { lovelace: { perPayment: PRICE + 300_000n, perDay: FUNDS } },
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 50))),
      requestTimeoutMs: 20_000,
      patienceMs: 60_000,
    });
  for (const fault of PROVIDER_FAULTS) await stack().control.addFault(fault);

  const transactions: string[] = [];
  const buyOne = async (number: number): Promise<void> => {
    const { url } = shops[number % shops.length] ?? expect.unreachable();
    // Half of the buyers are made anew for each call, as after a restart: the purchase goes on.
    const lasting = number % 2 === 0 ? newBuyer() : undefined;
    for (let call = 1; ; call += 1) {
      const buyer = lasting ?? newBuyer();
      const bought = await buyer.buy(`${url}/report?id=${number}`).catch((error: unknown) => {
        if (call === MOST_CALLS) throw error;
      });
      // No answer, or one of a gateway.
      if (bought === undefined || (bought.outcome === 'free' && call < MOST_CALLS)) continue;
      expect(bought).toMatchObject({
        outcome: 'delivered',
        body: `?id=${number}`,
        receipt: { success: true, transaction: bought.payment?.transactionId },
      });
      transactions.push(bought.payment?.transactionId ?? '');
      return;
    }
  };
  let bought = 0;
  const buyUntilEnough = async (): Promise<void> => {
    while (faults() < WANTED_FAULTS || bought < AT_ONCE) {
      bought += 1;
      await buyOne(bought);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, buyUntilEnough));
  await stack().control.clearFaults();

  for (const kind of ['cut', 'drop', 'status', 'mask', 'late', 'twice'] as const)
    expect(counts.get(kind), kind).toBeGreaterThan(5);
  // One run of the handler for each purchase, and one payment.
  const runs = shops.flatMap(({ shop }) => shop.runs.map((url) => new URL(url, shop.url).search));
  expect(runs.sort()).toEqual(Array.from({ length: bought }, (_, index) => `?id=${index + 1}`).sort());
  expect(new Set(transactions).size).toBe(bought);
  const records = await store.list();
  expect(records.map(({ state }) => state)).toEqual(Array(bought).fill('delivered'));
  for (const transaction of transactions) {
    const { body } = await get(`${replica(stack().apis).url}/status/${transaction}`);
    expect(body).toMatchObject({ status: 'confirmed' });
    expect(await stack().control.submission(transaction)).toMatchObject({ applied: 1, onChain: true });
  }
  // The wallet has lost the prices and the fees, and the seller has the prices.
  const balanceOf = async (address: string) =>
    (await chain.unspentOutputs(address)).reduce((sum, { lovelace }) => sum + lovelace, 0n);
  const prices = PRICE * BigInt(bought);
  const fees = records.reduce((sum, { payment }) => sum + BigInt(payment.feeLovelace), 0n);
  await waitUntil(async () => (await balanceOf(stack().payTo)) === prices, {
    what: 'the price of each resource at the seller, and no more',
  });
  expect(await balanceOf(wallet.address)).toBe(FUNDS - prices - fees);
});
