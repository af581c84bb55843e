import { post, send } from '@x402-facilitator/api/testing';
import { assembleWitness, ok, outRefKey, type PaymentRequest, type TxHash } from '@x402-facilitator/cardano';
import {
  buildTransaction,
  FACILITATOR,
  isSteered,
  POOL_LOVELACE,
  SPONSORSHIP_CASES,
  type SponsoredPayment,
  walletOf,
} from '@x402-facilitator/cardano/testing';
import { connectRedis, disconnectRedis, sponsorshipIdSchema } from '@x402-facilitator/journal';
import { present } from '@x402-facilitator/journal/testing';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  inputOf,
  NETWORK,
  ORDER,
  type SponsoringHarness,
  startSponsoringHarness,
} from './support/sponsoring-harness.js';

const P = 'invalid_exact_cardano_payload';
const STRANGER = walletOf('stranger');

let harness: SponsoringHarness;
beforeAll(async () => {
  harness = await startSponsoringHarness();
});
afterAll(() => harness.close(), 60_000);

const order = (change: object = {}, url = harness.api.url) =>
  post(`${url}/sponsorships`, { ...ORDER, ...change });

function namingId(request: PaymentRequest, id: string): PaymentRequest {
  const extensions = { cardanoFeeSponsorship: { info: { id } } };
  return { ...request, paymentPayload: { ...request.paymentPayload, extensions } };
}

/** A node's answer once the wallet has signed. */
async function submitWitnessed({ built }: SponsoredPayment): Promise<number> {
  const signature = FACILITATOR.sign(Buffer.from(built.id, 'hex'));
  const response = await fetch(`${harness.devnet.url}/tx/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: Buffer.from(assembleWitness(built.bytes, FACILITATOR.publicKey, signature)),
  });
  await response.body?.cancel();
  return response.status;
}

describe.each(SPONSORSHIP_CASES.filter((example) => !isSteered(example)))(
  'over HTTP, $rule.name, $situation',
  ({ changes, expect: expected, because }) => {
    test(`: ${expected}`, async () => {
      const payment = await harness.pay(changes);
      const { body } = await harness.verify(payment.request);
      const said = body.isValid === true ? 'verified' : `${body.invalidReason}: ${body.invalidMessage}`;
      expect(said.split(':')[0], said).toBe(expected);
      expect(said).toContain(because ?? '');
      if (expected !== 'verified') return;
      expect(await submitWitnessed(payment), 'a node takes what is verified').toBe(200);
      harness.devnet.ledger.forge();
    });
  },
);

describe('POST /sponsorships', () => {
  test('lends an output of the pool on the terms of the configuration, and GET shows it', async () => {
    const output = harness.mintPool();
    await harness.publish([output]);
    const { status, headers, body } = await order();
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/sponsorships/${body.id}`);
    const [transaction, index] = output.split('#');
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      network: NETWORK,
      state: 'reserved',
      payer: ORDER.payer,
      input: {
        transaction,
        index: Number(index),
        address: FACILITATOR.address(0),
        lovelace: `${POOL_LOVELACE}`,
      },
      changeAddress: FACILITATOR.address(0),
      maxFeeLovelace: '400000',
      minAdaLovelace: expect.stringMatching(/^1\d{6}$/),
      expiresAt: expect.stringMatching(/Z$/),
    });
    expect((await send(`${harness.api.url}/sponsorships/${body.id}`)).body).toEqual(body);
  });

  test('lends nothing for min-ada to a payment in ada', async () => {
    await harness.publish([harness.mintPool()]);
    const paymentRequirements = { ...ORDER.paymentRequirements, asset: 'lovelace', amount: '2000000' };
    expect((await order({ paymentRequirements })).body).toMatchObject({ minAdaLovelace: '0' });
  });

  test.each([
    ['a network that is not served', { network: 'cardano:mainnet' }, 'network'],
    ['no payer', { payer: undefined }, 'payer'],
    ['an invalid payer', { payer: 'me' }, 'payer'],
    ['a payer on another network', { payer: walletOf('payer').address(1) }, 'payer'],
    ['our own wallet as the payer', { payer: FACILITATOR.address(0) }, 'our own|own wallet'],
    [
      'another network in the requirements',
      { paymentRequirements: { ...ORDER.paymentRequirements, network: 'cardano:preprod' } },
      'network',
    ],
    ['an invalid amount', { paymentRequirements: { ...ORDER.paymentRequirements, amount: '-1' } }, 'amount'],
    [
      'our own wallet as the seller',
      { paymentRequirements: { ...ORDER.paymentRequirements, payTo: FACILITATOR.address(0) } },
      'own wallet',
    ],
    [
      'a script that is paid',
      { paymentRequirements: { ...ORDER.paymentRequirements, extra: { assetTransferMethod: 'script' } } },
      'assetTransferMethod',
    ],
  ])('refuses %s, and says why', async (_name, change, why) => {
    await harness.publish([harness.mintPool()]);
    const { status, body } = await order(change);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: 'invalid_request', message: expect.stringMatching(why) });
  });

  test('says when to retry while every output is lent, and why while the circuit is open', async () => {
    await harness.publish([]);
    const empty = await order();
    expect(empty).toMatchObject({ status: 503, body: { error: 'sponsorship_pool_empty' } });
    expect(Number(empty.headers.get('retry-after'))).toBeGreaterThan(0);
    await harness.publish([harness.mintPool()], 'the balance is low');
    const broken = await order();
    expect(broken).toMatchObject({ status: 503, body: { error: 'sponsorship_unavailable' } });
    expect(String(broken.body.message)).toContain('the balance is low');
    expect(broken.headers.get('retry-after')).toBe('30');
  });

  test('limits each caller’s waiting reservations and daily amounts', async () => {
    await harness.publish([harness.mintPool(), harness.mintPool()]);
    const one = await harness.startApi({ X402_CHAIN__RESERVATION__MAX_CONCURRENT: '1' });
    await order();
    const many = await order({}, one.url);
    expect(many).toMatchObject({ status: 429, body: { error: 'too_many_sponsorships' } });
    const poor = await harness.startApi({ X402_SPONSORSHIP__LIMITS__PER_DAY_LOVELACE: '1' });
    const limited = await order({}, poor.url);
    expect(limited).toMatchObject({ status: 429, body: { error: 'sponsorship_limit_reached' } });
    expect(Number(limited.headers.get('retry-after'))).toBeLessThanOrEqual(86_400);
  });

  test('needs a key where one is required', async () => {
    const sha256 = 'f'.repeat(64);
    const closed = await harness.startApi({
      X402_SECURITY__API_KEYS: JSON.stringify([{ name: 'shop', sha256 }]),
    });
    expect(await order({}, closed.url)).toMatchObject({ status: 401, body: { error: 'unauthorized' } });
    expect(await send(`${closed.url}/sponsorships/${'0'.repeat(32)}`)).toMatchObject({ status: 401 });
  });

  test('one greedy caller without a key gets its share of the pool, from however many addresses of its network', async () => {
    const outputs = Array.from({ length: 20 }, () => harness.mintPool());
    await harness.publish(outputs);
    const atDefaults = await harness.startApi({
      X402_SERVER__TRUST_PROXY: 'loopback',
      X402_RATE_LIMIT__SENSITIVE: '20',
      X402_CHAIN__RESERVATION__MAX_CONCURRENT: '20',
      X402_SPONSORSHIP__POOL__CALLER_SHARE: '0.25',
    });
    const reserve = (address: string, payer: string) =>
      post(
        `${atDefaults.url}/sponsorships`,
        { ...ORDER, payer: walletOf(payer).address(0) },
        { 'x-forwarded-for': address },
      );
    const greedy = [];
    for (let n = 0; n < 19; n += 1)
      greedy.push(await reserve(`2001:db8:0:1:${n.toString(16)}::${n.toString(16)}`, `greedy ${n}`));
    expect(greedy.map(({ status }) => status)).toEqual([...Array(5).fill(201), ...Array(14).fill(429)]);
    expect(greedy.at(-1)?.body).toEqual({
      error: 'too_many_sponsorships',
      message: expect.stringContaining('at most 5 reservations of one caller'),
    });
    expect(Number(greedy.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);

    // One that it uses is still its own, until the payment is in a block.
    const [first] = greedy;
    if (first === undefined) throw new Error('expected a reservation');
    const bound = await harness.store.bind({
      id: sponsorshipIdSchema.parse(first.body.id),
      txHash: 'ab'.repeat(32) as TxHash,
      payer: String(first.body.payer),
      input: inputOf(first.body),
      transactionExpiresAtMs: Date.now() + 3_600_000,
    });
    expect(bound.kind).toBe('bound');
    expect((await reserve('2001:db8:0:1::1', 'greedy 20')).status).toBe(429);

    for (let n = 0; n < 3; n += 1)
      expect((await reserve(`192.0.2.${n}`, `honest ${n}`)).status, 'an honest caller').toBe(201);
    expect((await reserve('2001:db8:0:2::1', 'honest 4')).status).toBe(201);
    harness.pass(121_000);
  });

  test('answers 404 to an unknown id and 400 to an invalid one', async () => {
    const at = (id: string) => send(`${harness.api.url}/sponsorships/${id}`);
    expect(await at('0'.repeat(32))).toMatchObject({ status: 404, body: { error: 'not_found' } });
    expect(await at('mine')).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test('is announced by /supported once a worker keeps a pool, and fees are still not sponsored by the scheme', async () => {
    await harness.publish([]);
    const fresh = await harness.startApi({});
    const announced = await waitUntil(
      async () => {
        const { body } = await send(`${fresh.url}/supported`);
        return (body.extensions as string[]).includes('cardanoFeeSponsorship') && body;
      },
      { what: 'the extension to be announced' },
    );
    expect(announced).toMatchObject({
      extensions: ['payment-identifier', 'cardanoFeeSponsorship'],
      kinds: [{ extra: { areFeesSponsored: false } }],
    });
  });
});

describe('settling a sponsored payment', () => {
  test('binds the reservation and records everything that a worker needs to verify it again', async () => {
    const { request, built, id, draft } = await harness.pay();
    expect(await harness.settle(request)).toMatchObject({
      status: 202,
      body: { errorReason: 'settlement_pending', transaction: built.id },
    });
    expect((await send(`${harness.api.url}/sponsorships/${id}`)).body).toMatchObject({
      state: 'bound',
      transaction: built.id,
    });
    const settlement = present(await harness.journal.read(NETWORK, built.id));
    expect(settlement).toMatchObject({ state: 'queued', sponsorship: id });
    expect(settlement?.inputs).toContain(outRefKey(draft.pool.outRef));
    const recorded = await harness.journal.readRequest(NETWORK, built.id);
    expect(JSON.parse(recorded ?? '')).toEqual({ x402Version: 2, ...request });
    expect((await harness.settle(request)).body, 'an identical request joins it').toMatchObject({
      transaction: built.id,
    });
    expect((await harness.verify(request)).body).toMatchObject({ isValid: true });
  });

  test('a used reservation is refused to another transaction, at verify and at settle', async () => {
    const first = await harness.pay();
    await harness.settle(first.request);
    const second = await harness.pay();
    const reused = namingId(second.request, first.id);
    expect((await harness.verify(reused)).body).toMatchObject({ invalidReason: `${P}_sponsorship_used` });
    expect((await harness.settle(reused)).body).toMatchObject({ errorReason: `${P}_sponsorship_used` });
    expect(present(await harness.store.read(sponsorshipIdSchema.parse(second.id)))).toMatchObject({
      state: 'reserved',
    });
  });

  test('a reservation of one payer cannot pay another’s fee, with its own output or with another', async () => {
    const mine = await harness.pay();
    const other = await harness.pay();
    expect((await harness.settle(namingId(mine.request, other.id))).body).toMatchObject({
      errorReason: `${P}_sponsorship_mismatch`,
    });
    // The output that was lent to another payer, and the payer's own money.
    await harness.publish([harness.mintPool()]);
    const { body } = await order({ payer: STRANGER.address(0) });
    const stolen = await harness.pay({
      transaction: ({ spec, source }) => {
        const [transaction = '', index = ''] = inputOf(body).split('#');
        const lent = { txHash: transaction as never, index: Number(index) };
        return { ...spec, inputs: [source.outRef, lent] };
      },
    });
    expect((await harness.settle(namingId(stolen.request, String(body.id)))).body).toMatchObject({
      errorReason: `${P}_sponsorship_mismatch`,
    });
    expect(await harness.journal.read(NETWORK, stolen.built.id)).toEqual(ok(undefined));
  });

  test('an expired reservation settles nothing, even if the transaction is still valid', async () => {
    const { request, built } = await harness.pay();
    expect((await harness.verify(request)).body).toMatchObject({ isValid: true });
    harness.pass(121_000);
    expect((await harness.verify(request)).body).toMatchObject({ invalidReason: `${P}_sponsorship_expired` });
    expect((await harness.settle(request)).body).toMatchObject({ errorReason: `${P}_sponsorship_expired` });
    expect(await harness.journal.read(NETWORK, built.id)).toEqual(ok(undefined));
  });

  test('one that was settled in time can be read until the end', async () => {
    const { request } = await harness.pay();
    await harness.settle(request);
    harness.pass(121_000);
    expect((await harness.settle(request)).body).toMatchObject({ errorReason: 'settlement_pending' });
  });

  test('of twenty payments of the same money, each with its own reservation, one is accepted and nineteen outputs are free again', async () => {
    const first = await harness.pay();
    const pools = Array.from({ length: 19 }, () => harness.mintPool());
    await harness.publish(pools);
    const ids = await Promise.all(pools.map(async () => (await order()).body));
    const rivals = ids.map((body) => {
      const [transaction = '', index = ''] = inputOf(body).split('#');
      const lent = { txHash: transaction as never, index: Number(index) };
      const { base64 } = buildTransaction({
        ...first.draft.spec,
        inputs: [first.draft.source.outRef, lent],
      });
      const { paymentPayload } = first.request;
      const payload = { ...paymentPayload.payload, transaction: base64 };
      return namingId({ ...first.request, paymentPayload: { ...paymentPayload, payload } }, String(body.id));
    });
    const answers = await Promise.all([first.request, ...rivals].map((request) => harness.settle(request)));
    const reasons = answers.map(({ body }) => body.errorReason);
    expect(reasons.filter((reason) => reason === 'settlement_pending')).toHaveLength(1);
    expect(new Set(reasons)).toEqual(new Set(['settlement_pending', `${P}_input_reserved`]));
    const states = await Promise.all(
      [first.id, ...ids.map(({ id }) => String(id))].map(
        async (id) => present(await harness.store.read(sponsorshipIdSchema.parse(id))).state,
      ),
    );
    expect(states.filter((state) => state === 'bound')).toHaveLength(1);
    expect(states.filter((state) => state === 'reserved')).toHaveLength(19);
  });

  test('a request that is inflated to fill the journal is refused', async () => {
    const { request } = await harness.pay();
    const paymentRequirements = { ...request.paymentRequirements, extra: { note: 'x'.repeat(70_000) } };
    expect((await harness.settle({ ...request, paymentRequirements })).body).toMatchObject({
      errorReason: P,
    });
  });

  test('without Redis a sponsored payment gets no verdict: retry later', async () => {
    const { request } = await harness.pay();
    const alone = await harness.startApi({
      X402_CHAIN__REDIS__PORT: '9',
      X402_CHAIN__REDIS__HOST: '127.0.0.1',
    });
    expect(await harness.verify(request, alone)).toMatchObject({
      status: 503,
      body: { isValid: false, invalidReason: 'unexpected_verify_error', extra: { retryable: true } },
    });
    expect(await harness.settle(request, alone)).toMatchObject({ status: 503 });
    expect(await order({}, alone.url)).toMatchObject({ status: 503, body: { error: 'unavailable' } });
  });
});

// Last: it empties Redis.
test('a sponsored payment that landed while the journal was lost can be redeemed by an operator', async () => {
  const payment = await harness.pay();
  expect(await submitWitnessed(payment)).toBe(200);
  harness.devnet.ledger.forge();
  const settings = harness.api.config.chain.redis;
  const redis = connectRedis({ settings, role: 'worker', name: 'test', onError: () => undefined });
  try {
    await redis.flushdb();
  } finally {
    await disconnectRedis(redis);
  }
  expect((await harness.settle(payment.request)).body).toMatchObject({
    success: false,
    errorReason: `${P}_sponsorship_unknown`,
  });
  const { id: txHash } = payment.built;
  await harness.journal.announceRedemption(NETWORK, txHash, 'the shop has no order');
  expect((await harness.settle(payment.request)).body).toMatchObject({
    errorReason: 'settlement_pending',
    transaction: txHash,
  });
  // The record holds what any payment's does: nothing is left to sign.
  const settlement = present(await harness.journal.read(NETWORK, txHash));
  expect(settlement).toMatchObject({ state: 'queued', payer: ORDER.payer });
  expect(settlement).not.toHaveProperty('sponsorship');
});
