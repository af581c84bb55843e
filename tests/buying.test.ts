import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blockfrost, createBuyer, newSeedPhrase, openWallet } from '@x402-facilitator/client';
import { fileStore } from '@x402-facilitator/client/node';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { expect, onTestFinished, test } from 'vitest';
import { startCarefulSeller } from './support/careful-seller.js';
import { get, requirementsOf } from './support/facilitator.js';
import { FAULTS, type Fault, startFaultProxy } from './support/fault-proxy.js';
import { replica, useStack } from './support/use-stack.js';

const stack = useStack({ workers: 2, paywall: false });

/** The same numbers each time, from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WANTED_FAULTS = 200;
const AT_ONCE = 8;

test('200 random faults between buyer, seller and facilitator: each resource is paid exactly once, and each payment is answered', async () => {
  const random = randomFrom(402);
  let faults = 0;
  const choose = (): Fault | undefined => {
    if (random() > 0.55) return undefined;
    faults += 1;
    return FAULTS[Math.floor(random() * FAULTS.length)];
  };
  const toFacilitator = await startFaultProxy(replica(stack().apis).url, choose);
  const price = requirementsOf(stack(), { confirmations: 0 });
  const seller = await startCarefulSeller({ facilitatorUrl: toFacilitator.url, price });
  const toSeller = await startFaultProxy(seller.url, choose);
  const directory = mkdtempSync(join(tmpdir(), 'x402-buying-'));
  onTestFinished(async () => {
    await toSeller.close();
    await seller.close();
    await toFacilitator.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const chain = blockfrost(stack().network, { url: stack().devnet.url });
  const wallet = await openWallet({ chain, secret: { seedPhrase: newSeedPhrase() } });
  const lovelace = 1_000_000_000n;
  await stack().control.fund({ address: wallet.address, lovelace, tokens: 0n, outputs: AT_ONCE * 4 });
  const balanceOf = async (address: string) =>
    (await chain.unspentOutputs(address)).reduce((sum, output) => sum + output.lovelace, 0n);
  const store = await fileStore(directory);
  const newBuyer = () =>
    createBuyer({
      wallet,
      store,
      limits: { lovelace: { perPayment: 2_300_000n, perDay: lovelace } },
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 50))),
      requestTimeoutMs: 20_000,
      patienceMs: 60_000,
    });

  let bought = 0;
  const transactions: string[] = [];
  const buyOne = async (): Promise<void> => {
    for (; faults < WANTED_FAULTS || bought < AT_ONCE; ) {
      bought += 1;
      const url = `${toSeller.url}/resource/${bought}`;
      // A buyer without patience gives up and is made anew, as after a restart: the purchase goes on.
      const buyer = bought % 2 === 0 ? newBuyer() : undefined;
      for (let call = 1; ; call += 1) {
        const result = await (buyer ?? newBuyer()).buy(url).catch((error: unknown) => error);
        if (result instanceof Error || typeof result !== 'object' || result === null) {
          if (call > 40) throw result;
          continue;
        }
        const { outcome, payment, body } = result as Awaited<ReturnType<ReturnType<typeof newBuyer>['buy']>>;
        if (outcome === 'free' && call < 40) continue;
        expect({ url, outcome }).toEqual({ url, outcome: 'delivered' });
        expect(body).toMatchObject({ transaction: payment?.transactionId });
        transactions.push(payment?.transactionId ?? '');
        break;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, buyOne));

  expect(faults).toBeGreaterThanOrEqual(WANTED_FAULTS);
  for (const kind of FAULTS)
    expect((toSeller.counts.get(kind) ?? 0) + (toFacilitator.counts.get(kind) ?? 0), kind).toBeGreaterThan(5);
  expect(new Set(transactions).size).toBe(bought);
  // One payment for each resource, and one resource for each payment.
  expect(seller.made.size).toBe(bought);
  expect(new Set(seller.made.values()).size).toBe(bought);
  const records = await store.list();
  expect(records.map(({ state }) => state)).toEqual(Array(bought).fill('delivered'));
  await waitUntil(async () => (await balanceOf(stack().payTo)) === 2_000_000n * BigInt(bought), {
    what: 'the price of each resource at the seller, and no more',
  });
  const fees = records.reduce((sum, { payment }) => sum + BigInt(payment.feeLovelace), 0n);
  expect(await balanceOf(wallet.address)).toBe(lovelace - 2_000_000n * BigInt(bought) - fees);
  for (const transaction of transactions) {
    const { body } = await get(`${replica(stack().apis).url}/status/${transaction}`);
    expect(body).toMatchObject({ status: 'confirmed' });
    expect(await stack().control.submission(transaction)).toMatchObject({ applied: 1, onChain: true });
  }
}, 240_000);
