import type { ServerResponse } from 'node:http';
import { encodePaymentRequiredHeader } from '@x402/core/http';
import { collectGarbage } from '@x402-facilitator/cardano/testing';
import { expect, test } from 'vitest';
import { createBuyer, PurchaseOpenError } from '../src/index.js';
import { countSignatures, newAddress, openChain, priceOf } from './support/chain.js';
import { endlessAnswers, serve } from './support/hostile-shop.js';

/** A buyer on a devnet, and a seller that asks for 2 ADA and answers a payment as the test says. */
async function visit(
  answer: (response: ServerResponse) => void,
  {
    unpaid = false,
    requestTimeoutMs = 500,
  }: { readonly unpaid?: boolean; readonly requestTimeoutMs?: number } = {},
) {
  const { wallet, grant } = await openChain();
  for (let output = 0; output < 3; output += 1) grant(wallet.address, 20_000_000n);
  const signatures = countSignatures();
  const shown: string[] = [];
  const payTo = newAddress();
  const url = await serve((request, response) => {
    const payment = request.headers['payment-signature'];
    if (typeof payment === 'string') shown.push(payment);
    if (typeof payment === 'string' || unpaid) return answer(response);
    const required = encodePaymentRequiredHeader({
      x402Version: 2,
      resource: { url: `http://${request.headers.host}${request.url}` },
      accepts: [priceOf(payTo)],
    });
    response.writeHead(402, { 'payment-required': required }).end('{}');
  });
  const buyer = createBuyer({
    wallet,
    limits: { lovelace: { perPayment: 3_000_000n } },
    maxRetries: 2,
    requestTimeoutMs,
    sleep: async () => undefined,
  });
  return { buy: (init?: RequestInit) => buyer.buy(`${url}/report`, init), shown, signatures };
}

const { without: endless, inDrops: drip, half } = endlessAnswers();

test.each<[string, (response: ServerResponse) => void]>([
  ['never ends', (response) => endless(response, 402)],
  ['never begins', () => undefined],
  ['comes a byte at a time', drip],
  ['stops in its middle', half],
])('an answer that %s costs a time-out, and no signature', async (_, answer) => {
  collectGarbage();
  const { buy, signatures } = await visit(answer, { unpaid: true });
  await expect(buy()).rejects.toThrow(/at most \d+ bytes|timeout/i);
  expect(signatures()).toBe(0);
});

test.each<[string, (response: ServerResponse) => void]>([
  ['never ends', endless],
  ['never begins', () => undefined],
  ['comes a byte at a time', drip],
  ['stops in its middle', half],
])('a paid answer that %s leaves the purchase open, with one payment', async (_, answer) => {
  collectGarbage();
  const { buy, shown, signatures } = await visit(answer);
  await expect(buy()).rejects.toThrow(PurchaseOpenError);
  await expect(buy()).rejects.toThrow(PurchaseOpenError);
  expect(shown.length).toBeGreaterThan(2);
  expect(new Set(shown).size).toBe(1);
  expect(signatures()).toBe(1);
});

test.each<[string, (response: ServerResponse) => void]>([
  ['never begins', () => undefined],
  ['stops in its middle', half],
])('a buyer who gives up ends the wait for an answer that %s', async (_, answer) => {
  collectGarbage();
  const { buy } = await visit(answer, { unpaid: true, requestTimeoutMs: 100_000 });
  const giveUp = new AbortController();
  const bought = buy({ signal: giveUp.signal });
  setTimeout(() => giveUp.abort(new Error('given up')), 500);
  await expect(bought).rejects.toThrow('given up');
});

test.each([301, 302, 303, 307, 308])('a payment does not follow a redirect (%i)', async (status) => {
  const elsewhere: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    elsewhere.push(String(request.headers['payment-signature']));
    response.end('{}');
  });
  const { buy, shown, signatures } = await visit((response) =>
    response.writeHead(status, { location: `${other}/report` }).end(),
  );
  const { outcome } = await buy();
  expect(outcome).not.toBe('delivered');
  await buy();
  expect(elsewhere).toEqual([]);
  expect(new Set(shown).size).toBe(1);
  expect(signatures()).toBe(1);
});
