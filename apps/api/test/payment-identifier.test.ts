import { createHash, randomUUID } from 'node:crypto';
import type { PaymentRequest, TxHash } from '@x402-facilitator/cardano';
import { PAYER } from '@x402-facilitator/cardano/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harness, NETWORK, startHarness, transactionIn } from './support/harness.js';
import { post } from './support/requests.js';
import type { RunningApi } from './support/start-api.js';

/** `shop` and `rival` deliver once for each payment, `till` does not say so. */
const KEYS = {
  shop: { redemption: 'resume' },
  rival: { redemption: 'resume' },
  till: {},
  careful: { redemption: 'once' },
} as const;
type Name = keyof typeof KEYS;

const digestOf = (key: string) => createHash('sha256').update(key).digest('hex');

let harness: Harness;
let api: RunningApi;
let replica: RunningApi;
const start = (env: Readonly<Record<string, string>> = {}) =>
  harness.startApi({
    X402_SECURITY__API_KEYS: JSON.stringify(
      Object.entries(KEYS).map(([name, key]) => ({
        name,
        sha256: digestOf(name),
        ...key,
      })),
    ),
    ...env,
  });

beforeAll(async () => {
  harness = await startHarness();
  api = await start();
  replica = await start();
});
afterAll(() => harness.close());

const payer = PAYER.address(0);
const newId = () => `pay_${randomUUID().replaceAll('-', '')}`;
const withExtension = (request: PaymentRequest, extension: unknown): PaymentRequest => ({
  ...request,
  paymentPayload: { ...request.paymentPayload, extensions: { 'payment-identifier': extension } },
});
const named = (request: PaymentRequest, id: string) =>
  withExtension(request, { info: { required: false, id } });

type How = { readonly as?: Name; readonly at?: RunningApi; readonly key?: string; readonly prefer?: string };
const ask = (path: string, request: unknown, { as = 'shop', at = api, key, prefer }: How = {}) =>
  post(`${at.url}${path}`, request, {
    authorization: `Bearer ${as}`,
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(prefer === undefined ? {} : { prefer }),
  });
const verify = (request: unknown, how: How = {}) => ask('/verify', request, how);
const settle = (request: unknown, how: How = {}) => ask('/settle', request, how);
const accept = (request: unknown, how: How = {}) => settle(request, { ...how, prefer: 'respond-async' });
const confirm = (txHash: TxHash) =>
  harness.advance(txHash, 'submitting', 'submitted', 'included', 'confirmed');

/** A payment under an identifier whose success can be collected. */
async function settled(how: How & { readonly id?: string } = {}) {
  const { id = newId() } = how;
  const plain = await harness.pay();
  const request = named(plain, id);
  const transaction = transactionIn((await accept(request, how)).body);
  await confirm(transaction);
  return { plain, request, id, transaction };
}

const DUPLICATE = { success: false, errorReason: 'duplicate_settlement' };
const REUSED = { errorReason: 'payment_identifier_reused', transaction: '', network: NETWORK, payer };

describe('the form', () => {
  const id = (value: unknown) => ({ info: { required: false, id: value } });
  const BAD_ID = /payment-identifier\.info\.id: expected/;

  test.each<[string, unknown, RegExp]>([
    ['15 characters', id('a'.repeat(15)), BAD_ID],
    ['129 characters', id('a'.repeat(129)), BAD_ID],
    ['nothing', id(''), BAD_ID],
    ['a space', id('pay 0123456789abcdef'), BAD_ID],
    ['a line break at its end', id('pay_0123456789abcdef\n'), BAD_ID],
    ['a letter of another alphabet', id('pay_0123456789abcdеf'), BAD_ID],
    ['a number', id(1234567890123456), BAD_ID],
    ['null', id(null), BAD_ID],
    ['a list', id(['pay_0123456789abcdef']), BAD_ID],
    ['no id, and one is required', { info: { required: true } }, BAD_ID],
    ['no word on whether it is required', { info: { id: newId() } }, /info\.required: expected/],
    ['a required that is text', { info: { required: 'false', id: newId() } }, /info\.required: expected/],
    ['no info', { id: newId() }, /payment-identifier\.info: expected/],
    ['an info that is a list', { info: [] }, /payment-identifier\.info/],
    ['text', newId(), /extensions\.payment-identifier: expected/],
    ['a list of itself', [id(newId())], /extensions\.payment-identifier/],
    ['false', false, /extensions\.payment-identifier: expected/],
  ])('%s is refused by /verify and /settle, and nothing is claimed', async (_what, extension, message) => {
    const request = withExtension(await harness.pay(), extension);
    const claimed = await harness.journal.pending(NETWORK);
    expect(await verify(request)).toMatchObject({
      status: 400,
      body: {
        isValid: false,
        invalidReason: 'invalid_exact_cardano_payload',
        invalidMessage: expect.stringMatching(message),
      },
    });
    expect(await settle(request)).toMatchObject({
      status: 400,
      body: {
        success: false,
        errorReason: 'invalid_exact_cardano_payload',
        errorMessage: expect.stringMatching(message),
      },
    });
    expect(await harness.journal.pending(NETWORK)).toEqual(claimed);
  });

  test.each<[string, unknown]>([
    ['16 characters', id('Az09-_Az09-_Az09')],
    ['128 characters', id('-'.repeat(128))],
    ['none, and none is required', { info: { required: false } }],
    ['null instead of the extension', null],
    ['a schema that contradicts it, which nobody reads', { ...id(newId()), schema: { not: {} } }],
    ['more fields', { info: { required: true, id: newId(), more: 1 }, more: [] }],
  ])('%s is accepted', async (_what, extension) => {
    const request = withExtension(await harness.pay(), extension);
    expect((await verify(request)).body).toEqual({ isValid: true, payer });
    expect((await accept(request)).status).toBe(202);
  });
});

describe('the same payment under the same identifier', () => {
  test('is pending while it is pending, on every replica', async () => {
    const request = named(await harness.pay(), newId());
    const first = await accept(request);
    expect(first.status).toBe(202);
    expect((await accept(request, { at: replica })).body).toEqual(first.body);
    expect((await verify(request, { at: replica })).body).toEqual({ isValid: true, payer });
  });

  test('gets the same success again where the seller delivers once for each payment, also from a replica that has started since', async () => {
    const { request } = await settled();
    const first = await settle(request);
    expect(first.body.success).toBe(true);
    const later = await start();
    for (const at of [api, replica, later]) {
      expect((await settle(request, { at })).body).toEqual(first.body);
      expect((await verify(request, { at })).body).toEqual({ isValid: true, payer });
    }
  });

  test.each<Name>(['till', 'careful'])(
    'is a duplicate with the recorded outcome where the seller (%s) does not',
    async (as) => {
      const { request, transaction } = await settled({ as });
      expect((await settle(request, { as })).body.success).toBe(true);
      expect(await settle(request, { as, at: replica })).toMatchObject({
        status: 200,
        body: {
          ...DUPLICATE,
          transaction,
          extra: { status: 'confirmed', outcome: { success: true, deliveredAt: expect.any(String) } },
        },
      });
      expect((await verify(request, { as })).body).toMatchObject({ invalidReason: 'duplicate_settlement' });
    },
  );

  test('a key’s own word goes before settle.redemption', async () => {
    const resuming = await start({ X402_SETTLE__REDEMPTION: 'resume' });
    const of = async (as: Name) => {
      const { request } = await settled({ as });
      await settle(request, { as, at: resuming });
      return (await settle(request, { as, at: resuming })).body.success;
    };
    expect([await of('till'), await of('careful'), await of('shop')]).toEqual([true, false, true]);
  });

  test('of a payment that failed fails again, on every replica', async () => {
    const request = named(await harness.pay(), newId());
    await harness.advance(transactionIn((await accept(request)).body), 'submitting', 'failed');
    const first = await settle(request);
    expect(first.body).toMatchObject({ success: false, extra: { status: 'failed' } });
    expect((await settle(request, { at: replica })).body).toEqual(first.body);
  });

  test('of many calls at the same moment gives every one of them the same success', async () => {
    const request = named(await harness.pay(), newId());
    const calls = Array.from({ length: 20 }, (_, at) => settle(request, { at: at % 2 ? api : replica }));
    await expect.poll(async () => (await harness.journal.pending(NETWORK)).length).toBeGreaterThan(0);
    const transaction = transactionIn((await accept(request)).body);
    await confirm(transaction);
    const answers = await Promise.all(calls);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers[0]?.body).toMatchObject({ success: true, transaction });
  });

  test('after a rollback is pending again, and the success comes back with the block', async () => {
    const { request, transaction } = await settled();
    expect((await settle(request)).body.success).toBe(true);
    await harness.advance(transaction, 'submitted');
    expect(await accept(request)).toMatchObject({ status: 202, body: { errorReason: 'settlement_pending' } });
    await harness.advance(transaction, 'included', 'confirmed');
    expect((await settle(request)).body.success).toBe(true);
  });
});

describe('another payment under the same identifier', () => {
  test('is 409 at /verify and /settle, on every replica, and nothing is claimed', async () => {
    const { id } = await settled();
    const other = named(await harness.pay(), id);
    const claimed = await harness.journal.pending(NETWORK);
    for (const at of [api, replica]) {
      expect(await verify(other, { at })).toMatchObject({
        status: 409,
        body: { isValid: false, invalidReason: 'payment_identifier_reused', payer },
      });
      expect(await settle(other, { at })).toMatchObject({ status: 409, body: REUSED });
    }
    expect(await harness.journal.pending(NETWORK)).toEqual(claimed);
  });

  test('is 409 even where the payment would be refused, so that a buyer that signed twice learns why', async () => {
    const { id } = await settled();
    const poor = named(await harness.pay({ requirements: { amount: '2000001' } }), id);
    const known = named((await settled()).plain, id);
    for (const request of [poor, known]) {
      expect(await settle(request)).toMatchObject({
        status: 409,
        body: { errorReason: REUSED.errorReason, transaction: '' },
      });
      expect((await verify(request)).status).toBe(409);
    }
  });

  test('of two at the same moment, one is claimed', async () => {
    const id = newId();
    const payments = await Promise.all([harness.pay(), harness.pay(), harness.pay(), harness.pay()]);
    const answers = await Promise.all(
      payments.map((payment, at) => accept(named(payment, id), { at: at % 2 ? api : replica })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
  });
});

describe('a hostile buyer', () => {
  test('that pays under the identifier of another gets 409, and the other still has its success', async () => {
    const { id, request } = await settled();
    expect((await settle(named(await harness.pay(), id))).status).toBe(409);
    for (let call = 0; call < 2; call++) expect((await settle(request)).body.success).toBe(true);
  });

  test('cannot keep an identifier busy with a payment that is refused', async () => {
    const id = newId();
    const bad = named(await harness.pay({ requirements: { amount: '2000001' } }), id);
    expect((await settle(bad)).body.success).toBe(false);
    expect((await accept(named(await harness.pay(), id))).status).toBe(202);
  });

  test.each<[string, (plain: PaymentRequest) => PaymentRequest]>([
    ['without the identifier', (plain) => plain],
    ['under an identifier of its own', (plain) => named(plain, newId())],
  ])('that has a payment’s bytes from the chain and shows them %s gets nothing', async (_how, change) => {
    const { plain, request } = await settled();
    expect((await settle(request)).body.success).toBe(true);
    const replay = change(plain);
    expect((await settle(replay)).body).toMatchObject(DUPLICATE);
    expect((await verify(replay)).body).toMatchObject({ invalidReason: 'duplicate_settlement' });
    expect((await settle(request)).body.success).toBe(true);
  });
});

describe('two callers', () => {
  test('may use one identifier for two payments', async () => {
    const id = newId();
    const ours = await settled({ id });
    const theirs = await settled({ id, as: 'rival' });
    expect((await settle(ours.request)).body).toMatchObject({ success: true, transaction: ours.transaction });
    expect((await settle(theirs.request, { as: 'rival' })).body).toMatchObject({
      success: true,
      transaction: theirs.transaction,
    });
  });

  test('are one if they have one name: a new key of a caller goes on where the old one stopped', async () => {
    const { request, id } = await settled();
    expect((await settle(request)).body.success).toBe(true);
    const renewed = await start({
      X402_SECURITY__API_KEYS: JSON.stringify([
        { name: 'shop', sha256: digestOf('shop'), redemption: 'resume' },
        { name: 'shop', sha256: digestOf('rival'), redemption: 'resume' },
      ]),
    });
    expect((await settle(request, { as: 'rival', at: renewed })).body.success).toBe(true);
    const other = named(await harness.pay(), id);
    expect((await settle(other, { as: 'rival', at: renewed })).status).toBe(409);
  });

  test('do not share a success: what one has collected is a duplicate to the other, under the same names', async () => {
    const { request } = await settled();
    const key = randomUUID();
    expect((await settle(request, { key })).body.success).toBe(true);
    expect((await settle(request, { as: 'rival', key })).body).toMatchObject(DUPLICATE);
    expect((await verify(request, { as: 'rival' })).body).toMatchObject({
      invalidReason: 'duplicate_settlement',
    });
    expect((await settle(request)).body.success).toBe(true);
  });
});

describe('with an Idempotency-Key', () => {
  test.each<Name>(['shop', 'till'])('the same key gets the same answer in every state (%s)', async (as) => {
    const key = randomUUID();
    const request = named(await harness.pay(), newId());
    const first = await accept(request, { as, key });
    expect(await accept(request, { as, key, at: replica })).toMatchObject({ status: 202, body: first.body });
    await confirm(transactionIn(first.body));
    const success = await settle(request, { as, key });
    expect(success.body.success).toBe(true);
    const later = await start();
    for (const at of [api, replica, later])
      expect((await settle(request, { as, key, at })).body).toEqual(success.body);
  });

  test('a failure is the same failure, on every replica, also one that has started since', async () => {
    const how = { as: 'till', key: randomUUID() } as const;
    const request = await harness.pay();
    await harness.advance(transactionIn((await accept(request, how)).body), 'submitting', 'failed');
    const failure = await settle(request, how);
    expect(failure.body).toMatchObject({ success: false, extra: { status: 'failed' } });
    for (const at of [replica, await start()])
      expect((await settle(request, { ...how, at })).body).toEqual(failure.body);
  });

  test('the key is the seller’s word: it gets the success again whatever the identifier, where the identifier alone does not', async () => {
    const { plain, request } = await settled({ as: 'till' });
    const key = randomUUID();
    expect((await settle(request, { as: 'till', key })).body.success).toBe(true);
    expect((await settle(request, { as: 'till' })).body).toMatchObject(DUPLICATE);
    expect((await settle(request, { as: 'till', key: randomUUID() })).body).toMatchObject(DUPLICATE);
    expect((await settle(named(plain, newId()), { as: 'till', key })).body.success).toBe(true);
  });

  test('each stands for its payment, and a refusal for one leaves the other free', async () => {
    const { id, request } = await settled();
    const [key, fresh] = [randomUUID(), randomUUID()];
    await settle(request, { key });
    const other = await harness.pay();
    expect((await settle(other, { key })).body.errorReason).toBe('idempotency_key_reused');
    expect(await settle(named(other, id), { key: fresh })).toMatchObject({ status: 409, body: REUSED });
    const third = named(await harness.pay(), newId());
    expect((await accept(third, { key: fresh })).status).toBe(202);
  });
});

test('no identifier is logged, or stored as it is', async () => {
  const { id, request, transaction } = await settled();
  await settle(request);
  expect(JSON.stringify([api.log, replica.log])).not.toContain(id);
  const keys = await harness.redis.keys('*');
  const record = await harness.redis.hgetall(`{x402}:journal:preview:settlement:${transaction}`);
  expect(record).toMatchObject({ deliveredTo: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(JSON.stringify([keys, record])).not.toContain(id);
});
