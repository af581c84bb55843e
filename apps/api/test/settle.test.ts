import { createHash } from 'node:crypto';
import { HTTPFacilitatorClient } from '@x402/core/http';
import { type PaymentRequest, parseOutRef } from '@x402-facilitator/cardano';
import { PAYER } from '@x402-facilitator/cardano/testing';
import { present } from '@x402-facilitator/journal/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harness, NETWORK, startHarness, transactionIn } from './support/harness.js';
import { type Answer, post } from './support/requests.js';
import type { RunningApi } from './support/start-api.js';

let harness: Harness;
let api: RunningApi;
let replica: RunningApi;

beforeAll(async () => {
  harness = await startHarness();
  api = await harness.startApi();
  replica = await harness.startApi();
});

afterAll(() => harness.close());

const payer = PAYER.address(0);
const CONFIRMED = ['submitting', 'submitted', 'included', 'confirmed'] as const;

const verify = (request: unknown, at = api) => post(`${at.url}/verify`, request);
const settle = (request: unknown, headers: Record<string, string> = {}, at = api) =>
  post(`${at.url}/settle`, request, headers);
const accept = (request: unknown) => settle(request, { prefer: 'respond-async' });

/** The same payment for another resource. */
const elsewhere = (request: PaymentRequest): PaymentRequest => ({
  ...request,
  paymentPayload: { ...request.paymentPayload, resource: { url: 'https://other.example/' } },
});

/** Another good payment that spends the same money. */
function rivalOf(request: PaymentRequest): Promise<PaymentRequest> {
  const nonce = String(request.paymentPayload.payload.nonce);
  const outRef = parseOutRef(nonce);
  if (outRef === undefined) throw new Error(`expected txHash#index, found ${nonce}`);
  return harness.pay({
    nonce: () => nonce,
    // Far enough back that the TTL differs: the same TTL would give the same transaction.
    transaction: ({ spec }) => ({ ...spec, inputs: [outRef], ttl: Number(spec.ttl) - 60 }),
  });
}

/** Resolves once a caller waits for an outcome, so that the next steps happen during the wait. */
async function untilClaimed(): Promise<void> {
  const before = (await harness.journal.pending(NETWORK)).length;
  await expect.poll(async () => (await harness.journal.pending(NETWORK)).length).toBeGreaterThan(before);
}

describe('accepting', () => {
  test('a good payment is valid, and verifying it stores nothing', async () => {
    const request = await harness.pay();
    const pending = await harness.journal.pending(NETWORK);
    expect((await verify(request)).body).toEqual({ isValid: true, payer });
    expect(await harness.journal.pending(NETWORK)).toEqual(pending);
  });

  test('Prefer: respond-async is answered 202 at once, with where to follow it', async () => {
    const answer = await accept(await harness.pay());
    const transaction = transactionIn(answer.body);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/status/${transaction}`);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.headers.get('preference-applied')).toBe('respond-async');
    expect(answer.body).toEqual({
      success: false,
      errorReason: 'settlement_pending',
      errorMessage: expect.stringContaining('queued'),
      transaction,
      network: NETWORK,
      payer,
      extra: { status: 'pending', transactionId: transaction },
    });
  });

  test('statusUrl is absolute, under the configured public URL', async () => {
    const publicUrl = 'https://pay.example/x402/';
    const { url } = await harness.startApi({ X402_SERVER__PUBLIC_URL: publicUrl });
    const answer = await post(`${url}/settle`, await harness.pay(), { prefer: 'respond-async' });
    const transaction = transactionIn(answer.body);
    const statusUrl = `https://pay.example/x402/status/${transaction}`;
    expect(answer.body.extra).toEqual({ status: 'pending', transactionId: transaction, statusUrl });
    expect(answer.headers.get('location')).toBe(`/status/${transaction}`);
    await harness.advance(transaction, 'submitting', 'submitted', 'confirmed');
  });

  test('the claim holds the verified terms, the bytes as received and the trace of the request', async () => {
    const request = await harness.pay();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const { body } = await settle(request, { prefer: 'respond-async', traceparent });
    const transaction = transactionIn(body);
    const { payTo, amount } = request.paymentRequirements;
    expect(present(await harness.journal.read(NETWORK, transaction))).toMatchObject({
      state: 'queued',
      payer,
      payTo,
      asset: 'lovelace',
      amount: BigInt(amount),
      requiredConfirmations: 1,
      inputs: [request.paymentPayload.payload.nonce],
      traceparent,
    });
    const bytes = await harness.journal.readSignedTransaction(NETWORK, transaction);
    expect(Buffer.from(bytes ?? []).toString('base64')).toBe(request.paymentPayload.payload.transaction);
  });

  test('the job of a claim waits for a worker under the transaction’s id', async () => {
    const { body } = await accept(await harness.pay());
    const [job] = await harness.redis.keys(`*submit-preview:${transactionIn(body)}`);
    expect(job).toBeDefined();
  });

  test('Prefer: wait=1 waits about that long for an outcome that does not come', async () => {
    const startedAt = performance.now();
    const answer = await settle(await harness.pay(), { prefer: 'wait=1' });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
    expect(performance.now() - startedAt).toBeGreaterThan(990);
  });

  test('a wait that ends too early reports the settlement’s progress', async () => {
    const claimed = untilClaimed();
    const waiting = settle(await harness.pay(), { prefer: 'wait=1' });
    await claimed;
    const [transaction] = (await harness.journal.pending(NETWORK)).slice(-1);
    if (transaction === undefined) throw new Error('expected a pending settlement');
    await harness.advance(transaction, 'submitting', 'submitted', 'included');
    const answer = await waiting;
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      transaction,
      errorMessage: expect.stringContaining('included: 0 of 1'),
      extra: { status: 'pending', confirmations: 0 },
    });
  });
});

describe('the outcome', () => {
  test('ends the wait at once, on every replica', async () => {
    const request = await harness.pay();
    const { body } = await accept(request);
    const waiting = settle(request, {}, replica);
    await harness.advance(transactionIn(body), ...CONFIRMED);
    const answer = await waiting;
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      transaction: body.transaction,
      network: NETWORK,
      payer,
      amount: '2000000',
      extra: { status: 'confirmed', confirmations: 1 },
    });
  });

  test('of a failed payment is reported with its reason, by /settle and by /verify', async () => {
    const request = await harness.pay();
    const { body } = await accept(request);
    await harness.advance(transactionIn(body), 'submitting', 'failed');
    const answer = await settle(request);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      success: false,
      errorReason: 'exact_cardano_settlement_definitively_rejected',
      errorMessage: 'the node refused it',
      transaction: body.transaction,
      extra: { status: 'failed' },
    });
    expect((await verify(request)).body).toMatchObject({
      isValid: false,
      invalidReason: 'exact_cardano_settlement_definitively_rejected',
      payer,
    });
  });

  test('of a payment in flight is not reported yet, and /verify still calls it valid', async () => {
    const request = await harness.pay();
    const { body } = await accept(request);
    await harness.advance(transactionIn(body), 'submitting', 'submitted', 'included');
    expect((await accept(request)).body).toMatchObject({
      errorReason: 'settlement_pending',
      extra: { status: 'pending', confirmations: 0 },
    });
    expect((await verify(request)).body).toEqual({ isValid: true, payer });
  });
});

describe('a success is collected once', () => {
  async function settled(): Promise<{ request: PaymentRequest; transaction: string }> {
    const request = await harness.pay();
    const { body } = await accept(request);
    await harness.advance(transactionIn(body), ...CONFIRMED);
    return { request, transaction: String(body.transaction) };
  }

  test('a second identical call learns what the first one got, and /verify refuses to serve again', async () => {
    const { request, transaction } = await settled();
    expect((await settle(request)).body.success).toBe(true);
    const second = await settle(request, {}, replica);
    expect(second.status).toBe(200);
    expect(second.body).toMatchObject({
      success: false,
      errorReason: 'duplicate_settlement',
      transaction,
      extra: {
        status: 'confirmed',
        outcome: { success: true, status: 'confirmed', confirmations: 1, deliveredAt: expect.any(String) },
      },
    });
    expect((await verify(request)).body).toMatchObject({
      isValid: false,
      invalidReason: 'duplicate_settlement',
      extra: { transaction, status: 'confirmed' },
    });
  });

  test('of two simultaneous calls one collects, on any replica', async () => {
    const request = await harness.pay();
    const claimed = untilClaimed();
    const waiting = [settle(request), settle(request, {}, replica)];
    await claimed;
    const [transaction] = (await harness.journal.pending(NETWORK)).slice(-1);
    if (transaction === undefined) throw new Error('expected a pending settlement');
    await harness.advance(transaction, ...CONFIRMED);
    const answers = await Promise.all(waiting);
    expect(answers.map(({ body }) => body.success).sort()).toEqual([false, true]);
    expect(answers.map(({ body }) => body.errorReason).filter(Boolean)).toEqual(['duplicate_settlement']);
  });

  test('the Idempotency-Key of the first call collects the same success again, another one does not', async () => {
    const { request } = await settled();
    const collect = async (key: string) => (await settle(request, { 'idempotency-key': key })).body.success;
    expect(await collect('order-1')).toBe(true);
    expect(await collect('order-1')).toBe(true);
    expect(await collect('order-2')).toBe(false);
    expect((await settle(request)).body.errorReason).toBe('duplicate_settlement');
  });

  test('an Idempotency-Key stands for one payment: for another it is 409, and nothing is claimed', async () => {
    const first = await harness.pay();
    const key = { prefer: 'respond-async', 'idempotency-key': 'order-3' };
    const { body } = await settle(first, key);
    const second = await harness.pay();
    const claimed = await harness.journal.pending(NETWORK);
    const answer = await settle(second, key, replica);
    expect(answer).toMatchObject({
      status: 409,
      body: {
        success: false,
        errorReason: 'idempotency_key_reused',
        transaction: '',
        network: NETWORK,
        payer,
      },
    });
    expect(await harness.journal.pending(NETWORK)).toEqual(claimed);
    // The same money for another resource is another payment, and one that exists already is no exception.
    expect((await settle(elsewhere(first), key)).body.errorReason).toBe('duplicate_settlement');
    await accept(second);
    expect((await settle(second, key)).status).toBe(409);
    await harness.advance(transactionIn(body), ...CONFIRMED);
    for (let call = 0; call < 2; call++) expect((await settle(first, key)).body.success).toBe(true);
  });

  test('of two payments under one key at the same moment, one is claimed', async () => {
    const payments = await Promise.all([harness.pay(), harness.pay()]);
    const key = { prefer: 'respond-async', 'idempotency-key': 'order-4' };
    const answers = await Promise.all(
      payments.map((payment, at) => settle(payment, key, [api, replica][at])),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
  });

  test('a key whose payment was not accepted is free for the next payment', async () => {
    const key = { prefer: 'respond-async', 'idempotency-key': 'order-5' };
    const first = await harness.pay();
    const rival = await rivalOf(first);
    await accept(first);
    expect((await settle(rival, key)).body.errorReason).toMatch(/_input_reserved$/);
    const refused = await settle(await harness.pay({ requirements: { amount: '2000001' } }), key);
    expect(refused.body.errorReason).toMatch(/_amount_insufficient$/);
    expect((await settle(await harness.pay(), key)).status).toBe(202);
  });

  test('two callers may use the same Idempotency-Key', async () => {
    const keyOf = (name: string) => ({ name, sha256: createHash('sha256').update(name).digest('hex') });
    const { url } = await harness.startApi({
      X402_SECURITY__API_KEYS: JSON.stringify([keyOf('shop-a'), keyOf('shop-b')]),
    });
    const statuses = [];
    for (const name of ['shop-a', 'shop-b', 'shop-a']) {
      const headers = {
        authorization: `Bearer ${name}`,
        prefer: 'respond-async',
        'idempotency-key': 'order-6',
      };
      statuses.push((await post(`${url}/settle`, await harness.pay(), headers)).status);
    }
    expect(statuses).toEqual([202, 202, 409]);
  });

  test('an invalid Idempotency-Key is refused in the shape of a settlement', async () => {
    const { request } = await settled();
    const answer = await settle(request, { 'idempotency-key': 'x'.repeat(256) });
    expect(answer.status).toBe(400);
    expect(answer.body.errorMessage).toBe('idempotency-key: expected 1 to 255 visible ASCII characters');
    expect((await settle(request)).body.success).toBe(true);
  });

  test('with settle.redemption "resume" every identical call gets it', async () => {
    const resuming = await harness.startApi({ X402_SETTLE__REDEMPTION: 'resume' });
    const { request } = await settled();
    for (let call = 0; call < 3; call++)
      expect((await settle(request, {}, resuming)).body.success).toBe(true);
    expect((await verify(request, resuming)).body.isValid).toBe(true);
  });

  test('a caller that hangs up changes nothing: the next one collects', async () => {
    const request = await harness.pay();
    const { body } = await accept(request);
    const caller = new AbortController();
    const gone = fetch(`${api.url}/settle`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'gone' },
      body: JSON.stringify(request),
      signal: caller.signal,
    });
    // The request is in progress once it listens to the journal. A second caller proves that it does not block others.
    await settle(request, { prefer: 'wait=1' }, replica);
    caller.abort();
    await expect(gone).rejects.toThrow();
    await expect.poll(() => api.log.filter((line) => line.reqId === 'gone').length).toBe(1);
    expect(api.log.find((line) => line.reqId === 'gone')).toMatchObject({ statusCode: 499 });
    await harness.advance(transactionIn(body), ...CONFIRMED);
    expect((await settle(request)).body.success).toBe(true);
  });
});

describe('one transaction pays for one thing', () => {
  test('for another resource it is a duplicate, and the answer reveals nothing of the settlement', async () => {
    const request = await harness.pay();
    const { body } = await accept(request);
    const other = await settle(elsewhere(request));
    expect(other.status).toBe(200);
    expect(other.body).toEqual({
      success: false,
      errorReason: 'duplicate_settlement',
      errorMessage: `transaction ${body.transaction} pays for another request`,
      transaction: body.transaction,
      network: NETWORK,
    });
    expect((await verify(elsewhere(request))).body).toMatchObject({
      isValid: false,
      invalidReason: 'duplicate_settlement',
    });
    await harness.advance(transactionIn(body), ...CONFIRMED);
    expect((await settle(elsewhere(request))).body.success).toBe(false);
    expect((await settle(request)).body.success).toBe(true);
  });

  test('an input held by a payment in flight is refused to any other, at /verify and at /settle', async () => {
    const first = await harness.pay();
    await accept(first);
    const second = await rivalOf(first);
    const code = 'invalid_exact_cardano_payload_input_reserved';
    expect((await verify(second)).body).toMatchObject({ isValid: false, invalidReason: code });
    expect((await settle(second)).body).toMatchObject({ success: false, errorReason: code, transaction: '' });
  });

  test('a copy without its witnesses is refused and does not block the complete one', async () => {
    const request = await harness.pay();
    const unsigned: PaymentRequest = {
      ...request,
      paymentPayload: {
        ...request.paymentPayload,
        payload: {
          ...request.paymentPayload.payload,
          transaction: withoutWitnesses(String(request.paymentPayload.payload.transaction)),
        },
      },
    };
    expect((await settle(unsigned)).body).toMatchObject({
      errorReason: 'invalid_exact_cardano_payload_unsigned',
      transaction: '',
    });
    const { status } = await accept(request);
    expect(status).toBe(202);
  });
});

/** One witness, and what follows it. Anchored: a key or a signature may hold any bytes. */
const WITNESSES = /a100(?:d90102)?81825820[0-9a-f]{64}5840[0-9a-f]{128}f5f6$/;

/** `[body, {0: [[key, signature]]}, true, null]` with an empty witness set. */
function withoutWitnesses(base64: string): string {
  const hex = Buffer.from(base64, 'base64').toString('hex');
  expect(hex).toMatch(WITNESSES);
  return Buffer.from(hex.replace(WITNESSES, 'a0f5f6'), 'hex').toString('base64');
}

describe('when it cannot settle now', () => {
  const unavailable = (answer: Answer, errorReason: string) => {
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.body).toMatchObject({ success: false, errorReason, transaction: '', network: NETWORK });
  };

  test('without Redis, /settle is 503 and claims nothing; /verify says so before', async () => {
    const alone = await harness.startApi({ X402_CHAIN__REDIS__PORT: '9' });
    const request = await harness.pay();
    unavailable(await settle(request, {}, alone), 'unexpected_settle_error');
    expect(await verify(request, alone)).toMatchObject({
      status: 503,
      body: { isValid: false, invalidReason: 'unexpected_verify_error', extra: { retryable: true } },
    });
  });

  test('without a chain provider, /settle is 503 and claims nothing; /verify says that it may be tried again', async () => {
    const request = await harness.pay();
    const pending = await harness.journal.pending(NETWORK);
    harness.devnet.faults.add({ kind: 'status', status: 500 });
    try {
      unavailable(await settle(request), 'exact_cardano_facilitator_chain_lookup_failed');
      expect((await verify(request)).body).toMatchObject({
        isValid: false,
        invalidReason: 'exact_cardano_facilitator_chain_lookup_failed',
        extra: { retryable: true },
      });
    } finally {
      harness.devnet.faults.clear();
    }
    expect(await harness.journal.pending(NETWORK)).toEqual(pending);
    expect((await accept(request)).status).toBe(202);
  });

  test('a stop answers open waits with settlement_pending', async () => {
    const stopping = await harness.startApi();
    const request = await harness.pay();
    const claimed = untilClaimed();
    const waiting = settle(request, {}, stopping);
    await claimed;
    const closed = stopping.close();
    const answer = await waiting;
    expect(answer.status).toBe(202);
    expect(answer.body.errorReason).toBe('settlement_pending');
    await closed;
  });
});

test('the public client gets its verdict, its pending settlement and its success', async () => {
  const client = new HTTPFacilitatorClient({ url: api.url });
  const { paymentPayload, paymentRequirements } = await harness.pay();
  const payload = paymentPayload as unknown as Parameters<typeof client.settle>[0];
  const requirements = paymentRequirements as unknown as Parameters<typeof client.settle>[1];
  expect(await client.verify(payload, requirements)).toMatchObject({ isValid: true, payer });
  const claimed = untilClaimed();
  const settling = client.settle(payload, requirements);
  await claimed;
  const [transaction] = (await harness.journal.pending(NETWORK)).slice(-1);
  if (transaction === undefined) throw new Error('expected a pending settlement');
  await harness.advance(transaction, ...CONFIRMED);
  expect(await settling).toMatchObject({ success: true, transaction, network: NETWORK, payer });
  await expect(client.settle(payload, { ...requirements, amount: 1 } as never)).rejects.toMatchObject({
    name: 'SettleError',
    statusCode: 400,
    errorReason: 'invalid_exact_cardano_payload',
  });
});

test('chain.reservation.onVerify holds the inputs of a verified payment for that payment alone', async () => {
  const holding = await harness.startApi({
    X402_CHAIN__RESERVATION__ON_VERIFY: 'true',
    X402_CHAIN__RESERVATION__MAX_CONCURRENT: '1000',
  });
  const first = await harness.pay();
  const second = await rivalOf(first);
  expect((await verify(first, holding)).body.isValid).toBe(true);
  expect((await verify(first, holding)).body.isValid).toBe(true);
  expect((await verify(second, holding)).body).toMatchObject({
    invalidReason: 'invalid_exact_cardano_payload_input_reserved',
  });
  expect((await accept(first)).status).toBe(202);
});

test('no log line holds a signed transaction', async () => {
  const request = await harness.pay();
  await verify(request);
  await accept(request);
  const transaction = String(request.paymentPayload.payload.transaction);
  const text = JSON.stringify([...api.log, ...replica.log]);
  expect(text).toContain('"outcome":"settlement_pending"');
  expect(text).not.toContain(transaction.slice(0, 60));
});
