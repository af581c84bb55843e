import { expect, test } from 'vitest';
import { createBuyer, type SpendLimits } from '../src/index.js';
import { countSignatures, openChain } from './support/chain.js';
import { type Said, sellerOf } from './support/seller.js';

const ADA = 1_000_000n;
const LIMITS: SpendLimits = { lovelace: { perPayment: 3n * ADA } };
const failed = (errorReason: string): Said => ({
  status: 402,
  receipt: { success: false, errorReason, transaction: 'c'.repeat(64), network: 'cardano:preview' },
});

/** A buyer on a devnet, and the means of a facilitator to put a payment on the chain whatever it says. */
async function world(outputs = 3) {
  const { devnet, chain, wallet, grant } = await openChain();
  for (let output = 0; output < outputs; output += 1) grant(wallet.address, 20n * ADA);
  const signatures = countSignatures();
  const naps: number[] = [];
  const fetched: string[] = [];
  const buyer = createBuyer({
    wallet,
    limits: LIMITS,
    maxRetries: 8,
    sleep: async (ms) => void naps.push(ms),
    fetch: (input, init) => {
      fetched.push(new URL(input instanceof Request ? input.url : input).href);
      return fetch(input, init);
    },
  });
  const submit = async (transactionBase64: string) => {
    const { status } = await fetch(`${devnet.url}/tx/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: Buffer.from(transactionBase64, 'base64'),
    });
    devnet.ledger.forge();
    return status;
  };
  const held = async () =>
    (await chain.unspentOutputs(wallet.address)).reduce((sum, { lovelace }) => sum + lovelace, 0n);
  return { devnet, buyer, signatures, naps, fetched, submit, held, granted: BigInt(outputs) * 20n * ADA };
}

test('one that calls a payment invalid and settles it all the same is paid once, however often the buyer tries', async () => {
  const { buyer, signatures, submit, held, granted } = await world();
  const kept: string[] = [];
  const seller = await sellerOf((payment) => {
    kept.push(payment);
    return { status: 402, error: 'invalid_exact_cardano_payload_amount_insufficient' };
  });
  for (let call = 0; call < 3; call += 1) expect((await buyer.buy(seller.url)).outcome).toBe('refused');
  expect(signatures()).toBe(3);
  // Each payment spends the inputs of the one before, so that only one of them can be on the ledger.
  const statuses: number[] = [];
  for (const payment of kept) statuses.push(await submit(payment));
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(granted - (await held())).toBeLessThan(3n * ADA);
});

test('one that settled a payment it called invalid is shown the same payment again, and no other', async () => {
  const { buyer, signatures, submit, held, granted } = await world();
  const seller = await sellerOf(async (payment) => {
    await submit(payment);
    return { status: 402, error: 'invalid_exact_cardano_payload_ttl_expired' };
  });
  await buyer.buy(seller.url);
  const steps: string[] = [];
  await buyer.buy(seller.url, undefined, ({ kind }) => steps.push(kind));
  expect(steps[0]).toBe('resumed');
  expect(new Set(seller.shown).size).toBe(1);
  expect(signatures()).toBe(1);
  expect(granted - (await held())).toBeLessThan(3n * ADA);
});

test.each([
  'exact_cardano_settlement_definitively_rejected',
  'exact_cardano_settlement_expired',
  'unexpected_settle_error',
  'settlement_pending',
])('one that says "%s" of a payment that is on the chain gets no other', async (reason) => {
  const { buyer, signatures, submit } = await world();
  const seller = await sellerOf(async (payment) => {
    await submit(payment);
    return failed(reason);
  });
  for (let call = 0; call < 3; call += 1) expect((await buyer.buy(seller.url)).outcome).toBe('undelivered');
  expect(new Set(seller.shown).size).toBe(1);
  expect(signatures()).toBe(1);
});

test('one that is pending for ever gets one payment, and a call ends', async () => {
  const { buyer, signatures } = await world();
  const seller = await sellerOf(() => failed('settlement_pending'));
  for (let call = 0; call < 3; call += 1) expect((await buyer.buy(seller.url)).outcome).toBe('open');
  expect(seller.shown).toHaveLength(27);
  expect(new Set(seller.shown).size).toBe(1);
  expect(signatures()).toBe(1);
});

test('one that asks to wait for a year is asked again after a minute', async () => {
  const { buyer, naps } = await world();
  const seller = await sellerOf(() => ({
    ...failed('settlement_pending'),
    headers: { 'retry-after': '999999' },
  }));
  await buyer.buy(seller.url);
  expect(new Set(naps)).toEqual(new Set([60_000]));
});

test('addresses that it names are not visited: neither a status, nor a redirect, nor a resource', async () => {
  const { buyer, fetched } = await world();
  const elsewhere = 'http://169.254.169.254/latest/meta-data';
  const seller = await sellerOf(() => ({
    status: 302,
    headers: { location: elsewhere },
    receipt: {
      success: false,
      errorReason: 'settlement_pending',
      transaction: 'c'.repeat(64),
      network: 'cardano:preview',
      extra: { statusUrl: elsewhere },
    },
  }));
  expect((await buyer.buy(seller.url)).status).toBe(302);
  expect(new Set(fetched)).toEqual(new Set([seller.url]));
});

test('headers that cannot be read change nothing', async () => {
  const { buyer, signatures } = await world();
  const seller = await sellerOf(() => ({
    status: 402,
    headers: { 'payment-response': '%%%', 'payment-required': 'not base64' },
  }));
  expect((await buyer.buy(seller.url)).outcome).toBe('open');
  expect(new Set(seller.shown).size).toBe(1);
  expect(signatures()).toBe(1);
});
