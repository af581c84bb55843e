import {
  decodePaymentRequiredHeader,
  decodePaymentResponseHeader,
  encodePaymentSignatureHeader,
} from '@x402/core/http';
import type { PaymentRequired } from '@x402/core/types';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { buildPaywall } from '../src/index.js';
import { type FacilitatorAnswers, startFacilitator } from './facilitator.js';

const TOKEN = `${'ab'.repeat(28)}.74657374`;
const TRANSACTION = 'c'.repeat(64);
const SELLER = 'addr_test1vpg4z52329g4z52329g4z52329g4z52329g4z52329g4z5gnwnnl9';
const SETTLED = {
  success: true,
  transaction: TRANSACTION,
  network: 'cardano:preview',
  payer: 'addr_test1payer',
  extra: { status: 'confirmed', confirmations: 1 },
};
const PENDING = {
  ...SETTLED,
  success: false,
  errorReason: 'settlement_pending',
  extra: { status: 'pending' },
};

async function paywallWith(answers: FacilitatorAnswers = {}) {
  const facilitator = await startFacilitator(answers);
  const paywall = await buildPaywall({
    facilitatorUrl: facilitator.url,
    payTo: SELLER,
    network: 'cardano:preview',
    tokenAsset: TOKEN,
    settleWithinMs: 0,
  });
  onTestFinished(() => paywall.close());
  return { paywall, facilitator };
}

const requiredBy = (response: LightMyRequestResponse): PaymentRequired =>
  decodePaymentRequiredHeader(String(response.headers['payment-required']));

/** Asks for the price and sends a payment, as a client does. The scripted facilitator decides about it. */
async function pay(paywall: FastifyInstance, url: string) {
  const required = requiredBy(await paywall.inject(url));
  const [accepted] = required.accepts;
  if (accepted === undefined) throw new Error('the 402 accepts nothing');
  const header = encodePaymentSignatureHeader({
    x402Version: 2,
    resource: required.resource,
    accepted,
    payload: { transaction: 'AAAA', nonce: `${TRANSACTION}#0` },
  });
  return paywall.inject({ url, headers: { 'payment-signature': header } });
}

test.each([
  ['/weather', 'lovelace', '2000000', 0],
  ['/report', 'lovelace', '3000000', 1],
  ['/archive', 'lovelace', '5000000', 3],
  ['/token-report', TOKEN, '10', 1],
])(
  '%s costs %s × %s at %i confirmations, in the header and in words',
  async (url, asset, amount, l1Confirmations) => {
    const { paywall } = await paywallWith();
    const response = await paywall.inject(url);
    expect(response.statusCode).toBe(402);
    expect(requiredBy(response).accepts).toStrictEqual([
      {
        scheme: 'exact',
        network: 'cardano:preview',
        asset,
        amount,
        payTo: SELLER,
        maxTimeoutSeconds: 600,
        extra: { confirmationPolicy: { l1Confirmations }, areFeesSponsored: false },
      },
    ]);
    expect(response.json()).toMatchObject({
      error: 'Payment required',
      accepts: [{ asset, amount, payTo: SELLER }],
      howToPay: expect.stringContaining('PAYMENT-SIGNATURE'),
    });
  },
);

test('a verified payment is settled after the resource was made, and the receipt comes with the resource', async () => {
  const { paywall, facilitator } = await paywallWith({ settle: [{ body: SETTLED }] });
  const response = await pay(paywall, '/report');
  expect(response.statusCode).toBe(200);
  expect(response.json()).toMatchObject({ title: 'Market report' });
  expect(decodePaymentResponseHeader(String(response.headers['payment-response']))).toMatchObject(SETTLED);
  expect(response.headers['cache-control']).toContain('private');
  expect(facilitator.paths()).toStrictEqual(['/verify', '/settle']);
});

test('the largest payment that a node takes fits into the header', async () => {
  const { paywall, facilitator } = await paywallWith({ settle: [{ body: SETTLED }] });
  const url = await paywall.listen({ host: '127.0.0.1', port: 0 });
  const required = requiredBy(await paywall.inject('/report'));
  const [accepted] = required.accepts;
  if (accepted === undefined) throw new Error('the 402 accepts nothing');
  const transaction = Buffer.alloc(16_384, 0xa5).toString('base64');
  const payload = { transaction, nonce: `${TRANSACTION}#0` };
  const header = encodePaymentSignatureHeader({
    x402Version: 2,
    resource: required.resource,
    accepted,
    payload,
  });
  expect(header.length).toBeGreaterThan(29_000);
  const response = await fetch(`${url}/report`, { headers: { 'payment-signature': header } });
  expect(response.status).toBe(200);
  expect(facilitator.requests.at(-1)?.body).toMatchObject({ paymentPayload: { payload } });
});

test('a refused payment gets the code in the header and the facilitator’s sentence in the body', async () => {
  const { paywall, facilitator } = await paywallWith({
    verify: {
      isValid: false,
      invalidReason: 'invalid_exact_cardano_payload_amount_insufficient',
      invalidMessage: 'expected at least 3000000 lovelace, found 2999999',
      payer: '',
    },
  });
  const response = await pay(paywall, '/report');
  expect(response.statusCode).toBe(402);
  expect(requiredBy(response).error).toBe('invalid_exact_cardano_payload_amount_insufficient');
  expect(response.json()).toMatchObject({ message: 'expected at least 3000000 lovelace, found 2999999' });
  expect(facilitator.paths()).toStrictEqual(['/verify']);
});

test('a payment that is still pending after the second look does not buy the resource, and the answer says not to pay again', async () => {
  const { paywall, facilitator } = await paywallWith({ settle: [{ status: 202, body: PENDING }] });
  const response = await pay(paywall, '/report');
  expect(response.statusCode).toBe(402);
  expect(response.headers['retry-after']).toBe('5');
  expect(response.json()).toMatchObject({
    error: 'settlement_pending',
    transaction: TRANSACTION,
    message: expect.stringContaining('Do not pay again'),
  });
  expect(response.body).not.toContain('Market report');
  expect(facilitator.paths()).toStrictEqual(['/verify', '/settle', '/settle']);
});

test('a payment that is confirmed at the second look buys the resource', async () => {
  const { paywall } = await paywallWith({ settle: [{ status: 202, body: PENDING }, { body: SETTLED }] });
  expect((await pay(paywall, '/report')).statusCode).toBe(200);
});

test('a failed settlement does not deliver the resource', async () => {
  const { paywall } = await paywallWith({
    settle: [
      { body: { ...SETTLED, success: false, errorReason: 'superseded', errorMessage: 'input spent' } },
    ],
  });
  const response = await pay(paywall, '/report');
  expect(response.statusCode).toBe(402);
  expect(response.json()).toMatchObject({ error: 'superseded', message: 'input spent' });
});

test.each(['/%72eport', '/report?free=1', '/report?'])('%s costs what /report costs', async (url) => {
  const { paywall } = await paywallWith();
  expect((await paywall.inject(url)).statusCode).toBe(402);
});

test.each(['/Report', '//report', '/report/', '/report;x'])(
  '%s is not a way around the price',
  async (url) => {
    const { paywall } = await paywallWith();
    expect((await paywall.inject(url)).statusCode).toBe(404);
  },
);

test('HEAD does not get for free what GET sells', async () => {
  const { paywall } = await paywallWith();
  expect((await paywall.inject({ method: 'HEAD', url: '/report' })).statusCode).toBe(404);
});

test('the price list and the health of the server are free', async () => {
  const { paywall, facilitator } = await paywallWith();
  expect((await paywall.inject('/')).json()).toMatchObject({
    network: 'cardano:preview',
    articles: expect.arrayContaining([expect.objectContaining({ path: '/report', confirmations: 1 })]),
  });
  expect((await paywall.inject('/health')).statusCode).toBe(200);
  expect(facilitator.paths()).toStrictEqual([]);
});

test('a header that is not a payment gets a 402, not an error', async () => {
  const { paywall } = await paywallWith();
  const response = await paywall.inject({ url: '/report', headers: { 'payment-signature': 'garbage' } });
  expect(response.statusCode).toBe(402);
});

test('an unusable answer of the facilitator is a 502', async () => {
  const { paywall } = await paywallWith({ verify: 'yes' });
  const response = await pay(paywall, '/report');
  expect(response.statusCode).toBe(502);
  expect(response.json()).toMatchObject({ error: 'facilitator_unavailable' });
});

test('a depth that the facilitator cannot settle is found before a payment', async () => {
  const { paywall } = await paywallWith({
    supportedExtra: { assetTransferMethods: ['default'], l1Confirmations: { minimum: 0, maximum: 2 } },
  });
  const response = await paywall.inject('/archive');
  expect(response.statusCode).toBe(500);
  expect(response.json()).toMatchObject({
    message: 'the facilitator settles 0 to 2 confirmations on cardano:preview, but this resource asks for 3',
  });
});

test('a facilitator without the transfer method is refused at start', async () => {
  await expect(paywallWith({ supportedExtra: { assetTransferMethods: ['masumi'] } })).rejects.toThrow(
    'the facilitator offers masumi on cardano:preview, this server needs "default"',
  );
});
