import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { x402Client } from '@x402/core/client';
import { encodePaymentRequiredHeader, encodePaymentResponseHeader } from '@x402/core/http';
import type { SettleResponse } from '@x402/core/types';
import { wrapFetchWithPayment } from '@x402/fetch';
import { expect, onTestFinished, test } from 'vitest';
import { type BuyerOptions, createBuyer, ExactCardanoClient } from '../src/index.js';
import { newAddress, openChain } from './support/chain.js';

const SETTLED: SettleResponse = { success: true, transaction: 'c'.repeat(64), network: 'cardano:preview' };
const PENDING: SettleResponse = { ...SETTLED, success: false, errorReason: 'settlement_pending' };

/** A seller that asks for 2 ADA and then gives the scripted receipts or refusals. The last one repeats. */
async function sellerThatSays(...receipts: (SettleResponse | string)[]) {
  const address = newAddress();
  const shown: string[] = [];
  const server = createServer((request, response) => {
    const payment = request.headers['payment-signature'];
    const receipt = receipts[Math.min(shown.length, receipts.length - 1)];
    if (typeof payment === 'string') shown.push(payment);
    if (typeof payment === 'string' && typeof receipt === 'object') {
      response.setHeader('payment-response', encodePaymentResponseHeader(receipt));
      if (!receipt.success) response.setHeader('retry-after', '3');
      response.writeHead(receipt.success ? 200 : 402).end('{"ok":true}');
      return;
    }
    response.setHeader(
      'payment-required',
      encodePaymentRequiredHeader({
        x402Version: 2,
        error: typeof payment === 'string' && typeof receipt === 'string' ? receipt : 'Payment required',
        resource: { url: `http://${request.headers.host}${request.url}` },
        accepts: [
          {
            scheme: 'exact',
            network: 'cardano:preview',
            asset: 'lovelace',
            amount: '2000000',
            payTo: address,
            maxTimeoutSeconds: 600,
            extra: { confirmationPolicy: { l1Confirmations: 1 } },
          },
        ],
      }),
    );
    response.writeHead(402).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/resource`, shown };
}

async function buyerWith(options: Partial<Omit<BuyerOptions, 'wallet'>> = {}) {
  const { wallet, grant } = await openChain();
  grant(wallet.address, 20_000_000n);
  const naps: number[] = [];
  const buyer = createBuyer({
    wallet,
    limits: 'unlimited',
    sleep: async (ms) => void naps.push(ms),
    ...options,
  });
  return { buyer, naps };
}

test('a resource is paid for once, and the steps report price, transaction and receipt', async () => {
  const { url, shown } = await sellerThatSays(SETTLED);
  const { buyer } = await buyerWith();
  const steps: string[] = [];
  const { status, body, receipt, payment } = await buyer.buy(url, undefined, ({ kind }) => steps.push(kind));
  expect({ status, body, receipt }).toStrictEqual({ status: 200, body: { ok: true }, receipt: SETTLED });
  expect(payment?.transactionId).toMatch(/^[0-9a-f]{64}$/);
  expect(steps).toStrictEqual(['payment-required', 'signed', 'answered']);
  expect(shown).toHaveLength(1);
});

test('while a payment is pending the same signed transaction is sent again, never a second one', async () => {
  const { url, shown } = await sellerThatSays(PENDING, PENDING, SETTLED);
  const { buyer, naps } = await buyerWith();
  expect((await buyer.buy(url)).status).toBe(200);
  expect(shown).toHaveLength(3);
  expect(new Set(shown).size).toBe(1);
  expect(naps).toStrictEqual([3_000, 3_000]);
});

test('after the last attempt, the answer is the pending one', async () => {
  const { url, shown } = await sellerThatSays(PENDING);
  const { buyer } = await buyerWith({ maxRetries: 2 });
  expect((await buyer.buy(url)).receipt).toMatchObject({ errorReason: 'settlement_pending' });
  expect(shown).toHaveLength(3);
});

test('a refused payment releases its inputs, a pending one keeps them', async () => {
  const refusing = await sellerThatSays('invalid_exact_cardano_payload_amount_insufficient');
  const pending = await sellerThatSays(PENDING);
  const { buyer } = await buyerWith({ maxRetries: 0 });
  expect((await buyer.buy(refusing.url)).status).toBe(402);
  expect((await buyer.buy(pending.url)).status).toBe(402);
  await expect(buyer.buy(`${pending.url}/other`)).rejects.toThrow('has no UTxO');
});

test.each([
  'exact_cardano_facilitator_chain_lookup_failed',
  'exact_cardano_facilitator_screening_unavailable',
])('%s is no verdict: the same payment is shown again, which keeps its inputs', async (reason) => {
  const { url, shown } = await sellerThatSays(reason, PENDING, reason, SETTLED);
  const { buyer } = await buyerWith();
  expect((await buyer.buy(url)).status).toBe(200);
  expect(shown).toHaveLength(4);
  expect(new Set(shown).size).toBe(1);
});

test('a refusal after the payment was accepted does not release its inputs', async () => {
  const { url } = await sellerThatSays(PENDING, 'duplicate_settlement');
  const { buyer } = await buyerWith();
  expect((await buyer.buy(url)).status).toBe(402);
  await expect(buyer.buy(`${url}/other`)).rejects.toThrow('has no UTxO');
});

test('a price above the spend limit is not paid', async () => {
  const { url, shown } = await sellerThatSays(SETTLED);
  const { buyer } = await buyerWith({
    limits: { lovelace: { perPayment: 1_999_999n } },
  });
  await expect(buyer.buy(url)).rejects.toThrow('expected at most 1999999 lovelace to leave the wallet');
  expect(shown).toHaveLength(0);
});

test('through @x402/core a seller has one limit, whatever addresses it names', async () => {
  const { wallet, grant } = await openChain();
  for (let output = 0; output < 3; output += 1) grant(wallet.address, 10_000_000n);
  const limits = { lovelace: { perSellerDay: 5_000_000n } };
  expect(() => new ExactCardanoClient({ wallet, limits })).toThrow('expected the `seller`');
  const seller = new ExactCardanoClient({ wallet, limits, seller: 'https://shop.example' });
  const pay = () =>
    seller.createPaymentPayload(2, {
      scheme: 'exact',
      network: wallet.network,
      asset: 'lovelace',
      amount: '2000000',
      payTo: newAddress(),
      maxTimeoutSeconds: 600,
      extra: { confirmationPolicy: { l1Confirmations: 1 } },
    });
  await pay();
  await pay();
  await expect(pay()).rejects.toThrow('expected at most 5000000 lovelace to go to this seller in a day');
});

test('the plain @x402/fetch around the wallet pays too', async () => {
  const { url, shown } = await sellerThatSays(SETTLED);
  const { buyer } = await buyerWith();
  const { wallet } = buyer;
  const client = new x402Client()
    .register(wallet.network, new ExactCardanoClient({ wallet, limits: 'unlimited' }))
    .setSpendControls({ allowedAssets: true });
  expect((await wrapFetchWithPayment(fetch, client)(url)).status).toBe(200);
  expect(shown).toHaveLength(1);
});
