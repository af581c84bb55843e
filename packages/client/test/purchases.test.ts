import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SettleResponse } from '@x402/core/types';
import { expect, onTestFinished, test } from 'vitest';
import { createBuyer, memoryStore, openWallet, PurchaseOpenError, type SpendLimits } from '../src/index.js';
import { fileStore } from '../src/node/index.js';
import { SAFE_BLOCKS } from '../src/purchase/fate.js';
import { countSignatures, newAddress, openChain } from './support/chain.js';
import { type Said, sellerOf } from './support/seller.js';

const ADA = 1_000_000n;
const SETTLED: SettleResponse = { success: true, transaction: 'c'.repeat(64), network: 'cardano:preview' };
const DELIVERED: Said = { status: 200, receipt: SETTLED };
const noSleep = async () => undefined;

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'x402-purchases-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function world(outputs = 4) {
  const chain = await openChain();
  for (let output = 0; output < outputs; output += 1) chain.grant(chain.wallet.address, 20n * ADA);
  return { ...chain, signatures: countSignatures() };
}

test.each<[string, Said | 'cut']>([
  ['a broken connection', 'cut'],
  ['a 502', { status: 502 }],
  ['a 503', { status: 503, headers: { 'retry-after': '0' } }],
  ['a 429', { status: 429 }],
  ['a bare 402', { status: 402 }],
  ['a 402 that says nothing of the payment', { status: 402, error: 'Payment required' }],
  ['an error of the facilitator', { status: 402, error: 'unexpected_settle_error' }],
])('after %s the same payment is shown again', async (_, said) => {
  const { wallet, signatures } = await world();
  let answers = 0;
  const seller = await sellerOf(() => {
    answers += 1;
    return answers < 4 ? said : DELIVERED;
  });
  const buyer = createBuyer({ wallet, limits: 'unlimited', sleep: noSleep });
  expect(await buyer.buy(seller.url)).toMatchObject({ outcome: 'delivered', body: { ok: true } });
  expect(seller.shown).toHaveLength(4);
  expect(new Set(seller.shown).size).toBe(1);
  expect(signatures()).toBe(1);
});

test('a purchase without any answer says so, and another process goes on with it', async () => {
  const { chain, keys, signatures } = await world();
  const directory = newDirectory();
  let isUp = false;
  const seller = await sellerOf(() => (isUp ? DELIVERED : 'cut'));
  const buyerOfToday = async () =>
    createBuyer({
      wallet: await openWallet({ chain, secret: keys }),
      limits: 'unlimited',
      store: await fileStore(directory),
      sleep: noSleep,
      maxRetries: 2,
    });
  await expect((await buyerOfToday()).buy(seller.url)).rejects.toThrow(PurchaseOpenError);
  isUp = true;
  const steps: string[] = [];
  const bought = await (await buyerOfToday()).buy(seller.url, undefined, ({ kind }) => steps.push(kind));
  expect(bought.outcome).toBe('delivered');
  expect(steps).toEqual(['resumed', 'answered']);
  expect(new Set(seller.shown).size).toBe(1);
  expect(signatures()).toBe(1);
  // What was delivered is over: the same request buys again.
  expect((await (await buyerOfToday()).buy(seller.url)).outcome).toBe('delivered');
  expect(signatures()).toBe(2);
});

test('two requests at once are two purchases, another body is another purchase', async () => {
  const { wallet, signatures } = await world();
  const seller = await sellerOf(() => DELIVERED);
  const buyer = createBuyer({ wallet, limits: 'unlimited', sleep: noSleep });
  await Promise.all([buyer.buy(seller.url), buyer.buy(seller.url)]);
  await buyer.buy(seller.url, { method: 'POST', body: 'a' });
  await buyer.buy(seller.url, { method: 'POST', body: 'b' });
  expect(new Set(seller.shown).size).toBe(4);
  expect(signatures()).toBe(4);
  await expect(buyer.buy(seller.url, { method: 'POST', body: new FormData() })).rejects.toThrow(
    'expected a body of text or bytes',
  );
});

test('another payment is signed only when the chain shows that the first is impossible: an input is spent, deep enough', async () => {
  const { devnet, chain, keys, wallet, grant } = await openChain();
  const own = grant(wallet.address, 20n * ADA);
  const signatures = countSignatures();
  // The same wallet, used elsewhere, spends the input of the payment.
  const elsewhere = await openWallet({ chain, secret: keys });
  const price = {
    scheme: 'exact',
    network: 'cardano:preview' as const,
    asset: 'lovelace',
    amount: '3000000',
  };
  const other = await elsewhere.sign({ ...price, payTo: newAddress(), maxTimeoutSeconds: 600, extra: {} });
  expect(other.inputs).toEqual([`${own.transaction}#${own.index}`]);
  let answers = 0;
  const seller = await sellerOf(async () => {
    answers += 1;
    if (answers === 5) {
      const bytes = Buffer.from(other.transactionBase64, 'base64');
      const headers = { 'content-type': 'application/cbor' };
      await fetch(`${devnet.url}/tx/submit`, { method: 'POST', headers, body: bytes });
      devnet.ledger.forge();
    }
    if (answers > 10) devnet.ledger.forge();
    return answers > 10 + SAFE_BLOCKS + 5 ? DELIVERED : { status: 500 };
  });
  const steps: string[] = [];
  const buyer = createBuyer({ wallet, limits: 'unlimited', sleep: noSleep });
  const bought = await buyer.buy(seller.url, undefined, ({ kind }) => steps.push(kind));
  expect(bought.outcome).toBe('delivered');
  expect(steps.filter((kind) => kind === 'void' || kind === 'signed')).toEqual(['signed', 'void', 'signed']);
  expect(new Set(seller.shown).size).toBe(2);
  // Ten answers came before the spender was deep enough.
  expect(seller.shown.findIndex((shown) => shown !== seller.shown[0])).toBeGreaterThan(10 + SAFE_BLOCKS - 5);
  expect(signatures()).toBe(3);
});

test('the identifier of a payment is sent where the seller lists the extension, the same each time', async () => {
  const { wallet } = await world();
  let answers = 0;
  const declared = { 'payment-identifier': { info: { required: true }, schema: { type: 'object' } } };
  const seller = await sellerOf(() => (++answers < 3 ? { status: 500 } : DELIVERED), {}, declared);
  const buyer = createBuyer({ wallet, limits: 'unlimited', sleep: noSleep });
  const { purchaseId } = await buyer.buy(seller.url);
  for (const { extensions } of seller.payloads)
    expect(extensions).toEqual({
      'payment-identifier': { info: { required: true, id: purchaseId }, schema: { type: 'object' } },
    });
  const plain = await sellerOf(() => DELIVERED);
  await buyer.buy(plain.url);
  expect(plain.payloads[0]?.extensions ?? {}).toEqual({});
});

const limited: [string, SpendLimits, number, RegExp][] = [
  ['a day', { lovelace: { perDay: 5n * ADA } }, 2, /at most 5000000 lovelace to leave the wallet in a day/],
  [
    'a day and a seller',
    { lovelace: { perSellerDay: 3n * ADA } },
    1,
    /3000000 lovelace to go to this seller in a day/,
  ],
  [
    'a payment',
    { lovelace: { perPayment: 2n * ADA } },
    0,
    /at most 2000000 lovelace to leave the wallet, as/,
  ],
  ['other assets', { [`${'ab'.repeat(28)}.00`]: {} }, 0, /expected a price in abab.*found lovelace/],
];

test.each(limited)('a limit for %s holds over purchases and restarts', async (_, limits, allowed, reason) => {
  const { wallet, signatures } = await world();
  const directory = newDirectory();
  const seller = await sellerOf(() => DELIVERED);
  for (let purchase = 0; purchase <= allowed; purchase += 1) {
    const buyer = createBuyer({ wallet, limits, store: await fileStore(directory), sleep: noSleep });
    if (purchase < allowed) expect((await buyer.buy(seller.url)).outcome).toBe('delivered');
    else await expect(buyer.buy(seller.url)).rejects.toThrow(reason);
  }
  expect(signatures()).toBe(allowed);
});

test('a limit of a day holds for purchases at once, and is free again after it', async () => {
  let nowMs = Date.now();
  const { chain, keys, signatures } = await world();
  const wallet = await openWallet({ chain, secret: keys, now: () => nowMs });
  const seller = await sellerOf(() => DELIVERED);
  const buyer = createBuyer({
    wallet,
    limits: { lovelace: { perDay: 5n * ADA } },
    sleep: noSleep,
    now: () => nowMs,
  });
  const ends = await Promise.allSettled([1, 2, 3, 4].map(() => buyer.buy(seller.url)));
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  nowMs += 24 * 3_600_000 + 1;
  await buyer.buy(seller.url);
  expect(signatures()).toBe(3);
});

test('records are whole files for their owner alone, and what cannot be read stops the buyer', async () => {
  const { wallet } = await world();
  const directory = join(newDirectory(), 'deep', 'purchases');
  const seller = await sellerOf(() => DELIVERED);
  const store = await fileStore(directory);
  const buyer = createBuyer({ wallet, limits: 'unlimited', store, sleep: noSleep });
  const { purchaseId } = await buyer.buy(seller.url);
  expect(readdirSync(directory)).toEqual([`${purchaseId}.json`]);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, `${purchaseId}.json`)).mode & 0o777).toBe(0o600);
  const text = readFileSync(join(directory, `${purchaseId}.json`), 'utf8');
  writeFileSync(join(directory, `${purchaseId}.json`), text.slice(0, -20));
  await expect(buyer.buy(seller.url)).rejects.toThrow(
    'expected the record of a purchase, found something else',
  );
  await expect(store.remove('../../etc/passwd')).rejects.toThrow('expected the id of a purchase');
});

test('a lock of a process that is gone is taken over, one of a living process is not', async () => {
  const directory = newDirectory();
  const store = await fileStore(directory);
  const id = 'ab'.repeat(16);
  const gone = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => gone.once('close', resolve));
  writeFileSync(join(directory, `${id}.lock`), `${gone.pid} 1 before`);
  // As in a container, whose first process has the same number after each start.
  writeFileSync(join(directory, 'lock'), `${process.pid} 1 before`);
  expect(await store.exclusively(async () => 'done')).toBe('done');
  expect(await store.take(id)).toBe(true);
  expect(await (await fileStore(directory)).take(id)).toBe(false);
  await store.leave(id);
  expect(await (await fileStore(directory)).take(id)).toBe(true);
});

test('work in a store of files is exclusive between buyers', async () => {
  const directory = newDirectory();
  let [running, most] = [0, 0];
  const work = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  const stores = await Promise.all(Array.from({ length: 4 }, () => fileStore(directory)));
  await Promise.all(stores.flatMap((store) => [store.exclusively(work), store.exclusively(work)]));
  expect(most).toBe(1);
  expect((await memoryStore().list()).length).toBe(0);
});

test('several refused payments of one request are excluded together, and an open one comes first', async () => {
  const { chain, keys, signatures } = await world();
  const nowMs = Date.now();
  let later = 0;
  const now = () => nowMs + later;
  const wallet = await openWallet({ chain, secret: keys, now });
  const store = memoryStore();
  let said: Said = { status: 402, error: 'invalid_exact_cardano_payload_ttl_expired' };
  const seller = await sellerOf(() => said);
  const buyer = createBuyer({ wallet, limits: 'unlimited', store, sleep: noSleep, maxRetries: 1, now });
  await buyer.buy(seller.url);
  await buyer.buy(seller.url);
  said = { status: 500 };
  expect((await buyer.buy(seller.url)).outcome).toBe('open');
  const inputs = (await store.list()).map(({ payment }) => new Set(payment.inputs));
  expect(inputs).toHaveLength(3);
  for (const [earlier = new Set(), next] of [inputs.slice(0, 2), inputs.slice(1)])
    for (const input of earlier) expect(next?.has(input as never)).toBe(true);
  // The refused ones are void some time later, on the clock; the open one still is not.
  later = 3_600_000;
  const steps: string[] = [];
  await buyer.buy(seller.url, undefined, ({ kind }) => steps.push(kind));
  expect(steps[0]).toBe('resumed');
  expect(signatures()).toBe(3);
});

test('what was paid and never delivered can be given up, and nothing else', async () => {
  const { devnet, wallet, signatures } = await world();
  let submits = false;
  const seller = await sellerOf(async (payment) => {
    if (!submits) return { status: 500 };
    const headers = { 'content-type': 'application/cbor' };
    const body = Buffer.from(payment, 'base64');
    await fetch(`${devnet.url}/tx/submit`, { method: 'POST', headers, body });
    devnet.ledger.forge();
    return { status: 402, error: 'duplicate_settlement' };
  });
  const buyer = createBuyer({ wallet, limits: 'unlimited', sleep: noSleep, maxRetries: 1 });
  const { purchaseId = '' } = await buyer.buy(seller.url);
  await expect(buyer.abandon(purchaseId)).rejects.toThrow('found that it is possible: buy again to go on');
  submits = true;
  expect((await buyer.buy(seller.url)).outcome).toBe('undelivered');
  expect((await buyer.buy(seller.url)).outcome).toBe('undelivered');
  expect(signatures()).toBe(1);
  await buyer.abandon(purchaseId);
  await buyer.buy(seller.url);
  expect(signatures()).toBe(2);
  await expect(buyer.abandon(purchaseId)).rejects.toThrow('expected an unfinished purchase');
});

test('a resource that is no text comes as its bytes', async () => {
  const { wallet } = await world();
  const image = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const seller = await sellerOf(() => ({ status: 200, body: image }));
  const { bytes } = await createBuyer({ wallet, limits: 'unlimited', sleep: noSleep }).buy(seller.url);
  expect(bytes).toEqual(image);
});
