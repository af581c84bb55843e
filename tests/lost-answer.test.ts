import { createHash, randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  decodePaymentRequiredHeader,
  decodePaymentResponseHeader,
  encodePaymentSignatureHeader,
  HTTPFacilitatorClient,
} from '@x402/core/http';
import { x402ResourceServer } from '@x402/core/server';
import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import { paymentMiddleware } from '@x402/express';
import { ExactCardanoScheme } from '@x402-facilitator/server';
import { fundPayer } from '@x402-facilitator/tools/stack';
import express from 'express';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MERCHANT, openFunds, type PayerFunds, PRICE } from './chaos/money.js';
import { createRandom } from './chaos/random.js';
import { type Cut, type CuttingProxy, startCuttingProxy } from './support/cutting-proxy.js';
import { get, type PaymentRequest, post, requirementsOf } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

/** `shop` delivers once for each payment, `till` does not say so. */
const CALLERS = ['shop', 'till'] as const;
type Caller = (typeof CALLERS)[number];

const stack = useStack({
  apis: 2,
  paywall: false,
  settings: {
    X402_SECURITY__API_KEYS: JSON.stringify(
      CALLERS.map((name) => ({
        name,
        sha256: createHash('sha256').update(name).digest('hex'),
        ...(name === 'shop' ? { redemption: 'resume' } : {}),
      })),
    ),
  },
});

let funds: PayerFunds;
beforeAll(async () => {
  funds = await openFunds(stack().devnet.controlUrl, stack().network, 100);
});

const SEED = randomInt(2 ** 32);
const random = createRandom(SEED);
const CUTS: readonly (readonly [string, Cut])[] = [
  ['before its first byte', () => 0],
  ['in its status line', () => 5],
  ['in its headers', (head) => random.between(16, head - 5)],
  ['between its headers and its body', (head) => head],
  ['after the first byte of its body', (head) => head + 1],
  ...[1, 2, 3].map(
    (count) =>
      [
        `in its body, at random (seed ${SEED}, ${count})`,
        (head: number, total: number) => random.between(head + 1, total - 2),
      ] as const,
  ),
  ['before its last byte', (_head, total) => total - 1],
];

const apiUrl = (index = 0) => replica(stack().apis, index).url;
const newId = () => `pay_${randomUUID().replaceAll('-', '')}`;
const headersOf = (caller: Caller, key?: string) => ({
  authorization: `Bearer ${caller}`,
  ...(key === undefined ? {} : { 'idempotency-key': key }),
});

async function openProxy(url = apiUrl()): Promise<CuttingProxy> {
  const proxy = await startCuttingProxy(url);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** A signed payment under an identifier of its own. */
function sign(): { readonly transaction: string; readonly request: PaymentRequest } {
  const source = funds.take();
  const payment = funds.pay(source, funds.slot() + 300);
  const requirements = {
    ...requirementsOf(stack(), { confirmations: 0, amount: String(PRICE) }),
    payTo: MERCHANT.address(0),
  };
  return {
    transaction: payment.txHash,
    request: {
      x402Version: 2,
      paymentPayload: {
        x402Version: 2,
        resource: { url: `https://seller.example/${randomUUID()}` },
        accepted: requirements,
        payload: { transaction: payment.base64, nonce: payment.input },
        extensions: { 'payment-identifier': { info: { required: false, id: newId() } } },
      },
      paymentRequirements: requirements,
    },
  };
}

/** Settles through a proxy that cuts the answer. */
async function loseTheAnswer(request: PaymentRequest, headers: Record<string, string>, cut: Cut) {
  const proxy = await openProxy();
  proxy.cutNext(cut);
  await expect(post(`${proxy.url}/settle`, request, headers)).rejects.toThrow();
}

/** A seller who takes nothing of ours but the prices. Its URL. */
async function sell(facilitator: HTTPFacilitatorClient): Promise<string> {
  const cardano = new ExactCardanoScheme();
  const report = {
    accepts: cardano.accepts({
      network: 'cardano:preview',
      payTo: stack().payTo,
      price: '2 ADA',
      confirmations: 0,
    }),
    description: 'A report',
  };
  const app = express();
  app.use(
    paymentMiddleware(
      { 'GET /report': report },
      new x402ResourceServer(facilitator).register('cardano:*', cardano),
    ),
  );
  app.get('/report', (_request, response) => void response.json({ at: new Date().toISOString() }));
  const server = createServer({ maxHeaderSize: 65_536 }, app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/report`;
}

/** It was paid once: sent once, in one block. */
const isPaidOnce = async (transaction: string) =>
  expect(await stack().control.submission(transaction)).toMatchObject({
    submitted: 1,
    applied: 1,
    onChain: true,
  });

describe.each(CUTS)('an answer of /settle that is cut %s', (_where, cut) => {
  it('is had again by the identical call, on every replica, where the seller delivers once for each payment', async () => {
    const { transaction, request } = sign();
    const headers = headersOf('shop');
    await loseTheAnswer(request, headers, cut);
    for (const index of [1, 0, 1]) {
      const { status, body } = await post(`${apiUrl(index)}/settle`, request, headers);
      expect(status).toBe(200);
      expect(body).toMatchObject({ success: true, transaction });
    }
    await isPaidOnce(transaction);
  });

  it('is had again under the same Idempotency-Key; without it, the outcome is told and nothing is handed out', async () => {
    const { transaction, request } = sign();
    const key = randomUUID();
    await loseTheAnswer(request, headersOf('till', key), cut);
    expect((await post(`${apiUrl(1)}/settle`, request, headersOf('till'))).body).toMatchObject({
      success: false,
      errorReason: 'duplicate_settlement',
      transaction,
      extra: { outcome: { success: true } },
    });
    expect((await post(`${apiUrl(1)}/settle`, request, headersOf('till', key))).body).toMatchObject({
      success: true,
      transaction,
    });
    await isPaidOnce(transaction);
  });
});

it('a success that was lost together with its replica is had from another one', async () => {
  const going = await stack().startApi();
  const proxy = await openProxy(going.url);
  proxy.cutNext(() => 0);
  const { transaction, request } = sign();
  await expect(post(`${proxy.url}/settle`, request, headersOf('shop'))).rejects.toThrow();
  going.process.signal('SIGKILL');
  await going.process.exited;
  expect((await post(`${apiUrl()}/settle`, request, headersOf('shop'))).body).toMatchObject({
    success: true,
    transaction,
  });
  await isPaidOnce(transaction);
});

it('identical calls at the same moment, some of them cut, leave every other one with the same answer', async () => {
  const { transaction, request } = sign();
  const calls = CUTS.flatMap(([, cut], at) => [
    loseTheAnswer(request, headersOf('shop'), cut).then(() => 'lost'),
    post(`${apiUrl(at % 2)}/settle`, request, headersOf('shop')).then(({ body }) => JSON.stringify(body)),
  ]);
  const answers = new Set(await Promise.all(calls));
  answers.delete('lost');
  expect([...answers].map((answer) => JSON.parse(answer))).toEqual([
    expect.objectContaining({ success: true, transaction }),
  ]);
  await isPaidOnce(transaction);
});

describe('a seller on the public HTTPFacilitatorClient', () => {
  const clientOf = (url: string, caller: Caller) => {
    const headers = headersOf(caller);
    return new HTTPFacilitatorClient({
      url,
      createAuthHeaders: async () => ({ verify: headers, settle: headers, supported: headers }),
    });
  };
  const partsOf = (request: PaymentRequest) =>
    [request.paymentPayload as PaymentPayload, request.paymentRequirements] as const;

  it('reads that identifiers are understood', async () => {
    expect((await clientOf(apiUrl(), 'shop').getSupported()).extensions).toContain('payment-identifier');
  });

  it('has a lost success again by the identical call, if it delivers once for each payment', async () => {
    const { transaction, request } = sign();
    const proxy = await openProxy();
    const client = clientOf(proxy.url, 'shop');
    proxy.cutNext((head) => head + 10);
    await expect(client.settle(...partsOf(request))).rejects.toThrow();
    expect(await client.verify(...partsOf(request))).toMatchObject({ isValid: true });
    expect(await client.settle(...partsOf(request))).toMatchObject({ success: true, transaction });
    await isPaidOnce(transaction);
  });

  it('does not, if it does not; but reads the outcome in the refusal and in /status', async () => {
    const { transaction, request } = sign();
    const proxy = await openProxy();
    const client = clientOf(proxy.url, 'till');
    proxy.cutNext((head) => head + 10);
    await expect(client.settle(...partsOf(request))).rejects.toThrow();
    expect(await client.settle(...partsOf(request))).toMatchObject({
      success: false,
      errorReason: 'duplicate_settlement',
      transaction,
      extra: { outcome: { success: true, status: 'confirmed' } },
    });
    expect(await client.verify(...partsOf(request))).toMatchObject({
      isValid: false,
      invalidReason: 'duplicate_settlement',
    });
    expect((await get(`${apiUrl()}/status/${transaction}`)).body).toMatchObject({ status: 'confirmed' });
  });

  it('sees 409 as an error with its reason', async () => {
    const first = sign();
    const second = sign();
    const { extensions } = first.request.paymentPayload;
    const other = { ...second.request, paymentPayload: { ...second.request.paymentPayload, extensions } };
    const client = clientOf(apiUrl(), 'shop');
    await client.settle(...partsOf(first.request));
    await expect(client.verify(...partsOf(other))).rejects.toMatchObject({
      statusCode: 409,
      invalidReason: 'payment_identifier_reused',
    });
    await expect(client.settle(...partsOf(other))).rejects.toMatchObject({
      statusCode: 409,
      errorReason: 'payment_identifier_reused',
    });
    expect(await stack().control.submission(second.transaction)).toBeUndefined();
  });

  it('behind the public middleware: the buyer shows the same payment again and is served', async () => {
    const proxy = await openProxy();
    const url = await sell(clientOf(proxy.url, 'shop'));
    const unpaid = await fetch(url);
    const required = decodePaymentRequiredHeader(unpaid.headers.get('PAYMENT-REQUIRED') ?? '');
    const [accepted] = required.accepts as PaymentRequirements[];
    if (accepted === undefined) throw new Error('expected a price');
    const { wallet } = await fundPayer(stack(), { outputs: 1 });
    const payment = await wallet.sign(accepted);
    const signature = encodePaymentSignatureHeader({
      x402Version: 2,
      ...(required.resource === undefined ? {} : { resource: required.resource }),
      accepted,
      payload: { transaction: payment.transactionBase64, nonce: payment.nonce },
      extensions: { 'payment-identifier': { info: { required: false, id: newId() } } },
    });
    const buy = () => fetch(url, { headers: { 'PAYMENT-SIGNATURE': signature } });
    proxy.cutNext((head, total) => random.between(head, total - 1));
    expect((await buy()).status).not.toBe(200);
    const served = await buy();
    expect(served.status).toBe(200);
    expect(await served.json()).toHaveProperty('at');
    expect(decodePaymentResponseHeader(served.headers.get('PAYMENT-RESPONSE') ?? '')).toMatchObject({
      success: true,
      transaction: payment.transactionId,
    });
    await isPaidOnce(payment.transactionId);
  });
});
