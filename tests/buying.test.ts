import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Buyer, blockfrost, createBuyer, newSeedPhrase, openWallet } from '@x402-facilitator/client';
import { fileStore } from '@x402-facilitator/client/node';
import { type Fault, FRAMEWORKS, startFaultProxy, startShop } from '@x402-facilitator/server/testing';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { expect, onTestFinished, test } from 'vitest';
import { get } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

const stack = useStack({ workers: 2, paywall: false });

const SEED = 402;
const WANTED_FAULTS = 200;
const AT_ONCE = 9;
/** What a shop of `startShop` asks. */
const PRICE = 2_000_000n;

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

test('200 random faults between a buyer, shops and a facilitator of ours: each resource is paid exactly once, and each payment is answered', async () => {
  const random = randomFrom(SEED);
  const upTo = (end: number) => Math.floor(random() * end);
  const counts = new Map<Fault['kind'], number>();
  let faults = 0;
  const draw = (): Fault => {
    if (random() > 0.55) return { kind: 'pass' };
    const kinds: readonly Fault[] = [
      { kind: 'cut', at: upTo(900) },
      { kind: 'drop' },
      { kind: 'status', status: 502 + upTo(3), retryAfter: '0' },
      { kind: 'mask', status: 502 + upTo(3) },
      { kind: 'late', ms: upTo(800) },
      { kind: 'twice' },
    ];
    const fault = kinds[upTo(kinds.length)] ?? { kind: 'drop' };
    faults += 1;
    counts.set(fault.kind, (counts.get(fault.kind) ?? 0) + 1);
    return fault;
  };
  /** A proxy that breaks what goes to `upstream`. */
  const broken = async (upstream: string): Promise<string> => {
    const proxy = await startFaultProxy(upstream);
    onTestFinished(() => proxy.stop());
    proxy.plan(draw);
    return proxy.url;
  };
  const shops = await Promise.all(
    FRAMEWORKS.map(async (framework) => {
      const shop = await startShop(stack(), {
        framework,
        facilitatorUrl: await broken(replica(stack().apis).url),
        handle: (_run, url) => ({ body: Buffer.from(new URL(url, 'http://shop').search) }),
        settleWithinMs: 2_000,
      });
      return { ...shop, brokenUrl: await broken(shop.url) };
    }),
  );
  const directory = mkdtempSync(join(tmpdir(), 'x402-buying-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));

  const chain = blockfrost(stack().network, { url: stack().devnet.url });
  const wallet = await openWallet({ chain, secret: { seedPhrase: newSeedPhrase() } });
  const lovelace = 1_000_000_000n;
  await stack().control.fund({ address: wallet.address, lovelace, outputs: AT_ONCE * 4 });
  // The chain of buyer, API and workers fails too.
  for (const kind of ['drop-before', 'drop-after', 'status'] as const)
    await stack().control.addFault({
      kind,
      ...(kind === 'status' ? { status: 503 } : {}),
      operation: '*',
      probability: 0.03,
    });
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
    while (faults < WANTED_FAULTS || bought < AT_ONCE) {
      bought += 1;
      const id = bought;
      const url = `${shops[id % shops.length]?.brokenUrl}/report?id=${id}`;
      // Every second one is made anew for each call, as after a restart: the purchase goes on.
      const kept = id % 2 === 0 ? newBuyer() : undefined;
      for (let call = 1; ; call += 1) {
        const result = await (kept ?? newBuyer()).buy(url).catch((error: unknown) => error);
        if (!isResult(result) || (result.outcome === 'free' && result.status !== 200)) {
          if (call > 40) throw result;
          continue;
        }
        const { outcome, payment, body } = result;
        expect({ url, outcome, body: String(body) }).toEqual({
          url,
          outcome: 'delivered',
          body: `?id=${id}`,
        });
        transactions.push(payment?.transactionId ?? '');
        break;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, buyOne));
  await stack().control.clearFaults();

  expect(faults).toBeGreaterThanOrEqual(WANTED_FAULTS);
  for (const kind of ['cut', 'drop', 'status', 'mask', 'late', 'twice'] as const)
    expect(counts.get(kind) ?? 0, kind).toBeGreaterThan(5);
  // One payment for each resource, and one run of its handler.
  expect(new Set(transactions).size).toBe(bought);
  const runs = shops.flatMap((shop) => shop.runs.map((url) => new URL(url, shop.url).search));
  expect(runs.sort()).toEqual(Array.from({ length: bought }, (_, index) => `?id=${index + 1}`).sort());
  const records = await store.list();
  expect(records.map(({ state }) => state)).toEqual(Array(bought).fill('delivered'));
  const balanceOf = async (address: string) =>
    (await chain.unspentOutputs(address)).reduce((sum, output) => sum + output.lovelace, 0n);
  await waitUntil(async () => (await balanceOf(stack().payTo)) === PRICE * BigInt(bought), {
    what: 'the price of each resource at the seller, and no more',
  });
  const fees = records.reduce((sum, { payment }) => sum + BigInt(payment.feeLovelace), 0n);
  expect(await balanceOf(wallet.address)).toBe(lovelace - PRICE * BigInt(bought) - fees);
  for (const transaction of transactions) {
    const { body } = await get(`${replica(stack().apis).url}/status/${transaction}`);
    expect(body).toMatchObject({ status: 'confirmed' });
    expect(await stack().control.submission(transaction)).toMatchObject({ applied: 1, onChain: true });
  }
}, 240_000);

type Result = Awaited<ReturnType<Buyer['buy']>>;

function isResult(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && 'outcome' in value;
}
