import { type Answer, post, type RunningApi, send, startApi } from '@x402-facilitator/api/testing';
import { assembleWitness, ok, outRefKey, type PaymentRequest } from '@x402-facilitator/cardano';
import {
  buildTransaction,
  FEE_SPONSOR_CASES,
  type OfferedChanges,
  type OfferedPayment,
  offeredPayment,
  PAYER,
  SPONSOR,
  sponsorWitnesses,
  transactionOf,
  walletOf,
  withSponsorWitnesses,
} from '@x402-facilitator/cardano/testing';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  type Journal,
  type RedisConnection,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { present } from '@x402-facilitator/journal/testing';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bank, DevnetWorld } from './support/devnet-world.js';

const NETWORK = 'cardano:preview';
const P = 'invalid_exact_cardano_payload';
const ON = { X402_CHAIN__VERIFICATION__ACCEPTS_SPONSOR_WITNESSES: 'true' };
const MISSING = 'fee_sponsor_witness_missing';
const INVALID = 'fee_sponsor_witness_invalid';
const STRANGER = walletOf('stranger');

let server: RedisHandle;
let devnet: Devnet;
let bank: Bank;
let redis: RedisConnection;
let journal: Journal;
let api: RunningApi;
let off: RunningApi;
const nowMs = Math.floor(Date.now() / 1000) * 1000;
const clock = () => nowMs;

beforeAll(async () => {
  server = await startRedis();
  devnet = await startDevnet({ blockMs: 0, nowMs: clock });
  bank = new Bank(devnet);
  const settings = redisSettingsFromUrl(server.url);
  redis = connectRedis({ settings, role: 'worker', name: 'test', onError: () => undefined });
  journal = createRedisJournal({ redis, now: clock });
  const chain = { redisUrl: server.url, chainUrl: devnet.url, clock };
  api = await startApi(chain, ON);
  off = await startApi(chain);
});

afterAll(async () => {
  await api?.close();
  await off?.close();
  await disconnectRedis(redis);
  await devnet?.close();
  await server?.stop();
});

const unused = async (): Promise<never> => {
  throw new Error('no other payment is made here');
};
const pay = (changes?: OfferedChanges): Promise<OfferedPayment> =>
  offeredPayment(
    new DevnetWorld({ devnet, bank, nowMs, others: { settle: unused, claimTerms: unused } }),
    changes,
  );
const verify = (request: PaymentRequest, { url } = api): Promise<Answer> =>
  post(`${url}/verify`, { x402Version: 2, ...request });
const settle = (request: PaymentRequest, { url } = api): Promise<Answer> =>
  post(`${url}/settle`, { x402Version: 2, ...request }, { prefer: 'respond-async' });

const completed = ({ built }: OfferedPayment) =>
  assembleWitness(built.bytes, SPONSOR.publicKey, SPONSOR.sign(Buffer.from(built.id, 'hex')));

/** A node's answer. */
async function submit(bytes: Uint8Array): Promise<number> {
  const headers = { 'content-type': 'application/cbor' };
  const response = await fetch(`${devnet.url}/tx/submit`, {
    method: 'POST',
    headers,
    body: Buffer.from(bytes),
  });
  await response.body?.cancel();
  return response.status;
}

describe.each(FEE_SPONSOR_CASES)(
  'over HTTP, $rule.name, $situation',
  ({ changes, expect: expected, because }) => {
    test(`: ${expected}`, async () => {
      const payment = await pay(changes);
      const { body } = await verify(payment.request);
      const said = body.isValid === true ? 'verified' : `${body.invalidReason}: ${body.invalidMessage}`;
      expect(said.split(':')[0], said).toBe(expected);
      expect(said).toContain(because ?? '');
      if (expected === 'verified') {
        const isAwaited = body.extra !== undefined;
        expect(await submit(isAwaited ? completed(payment) : signedBytes(payment)), 'a node takes it').toBe(
          200,
        );
        devnet.ledger.forge();
        return;
      }
      expect((await settle(payment.request)).body).toMatchObject({ success: false, errorReason: expected });
      expect(await journal.read(NETWORK, payment.built.id), 'nothing is claimed').toEqual(ok(undefined));
    });
  },
);

/** With what the request brings beside the transaction. */
function signedBytes(payment: OfferedPayment): Uint8Array {
  return payment.request.paymentPayload.payload.sponsorWitnesses === undefined
    ? payment.built.bytes
    : completed(payment);
}

test('/supported says by kind whether a seller’s witness is taken', async () => {
  const kindsOf = async ({ url }: RunningApi) => (await send(`${url}/supported`)).body.kinds;
  expect(await kindsOf(api)).toMatchObject([
    { scheme: 'exact', extra: { areFeesSponsored: false, acceptsSponsorWitnesses: true } },
  ]);
  expect(JSON.stringify(await kindsOf(off))).not.toContain('acceptsSponsorWitnesses');
});

describe('settling', () => {
  test('without the seller’s witness: good at /verify, refused at /settle, nothing is claimed or held', async () => {
    const payment = await pay();
    const { request, built } = payment;
    expect((await verify(request)).body).toEqual({
      isValid: true,
      payer: PAYER.address(0),
      extra: { awaitedSponsorWitness: SPONSOR.keyHash },
    });
    expect(await settle(request)).toMatchObject({
      body: { success: false, errorReason: MISSING, transaction: '', payer: PAYER.address(0) },
    });
    expect(await journal.read(NETWORK, built.id)).toEqual(ok(undefined));
    expect(await settle(withSponsorWitnesses(payment)), 'its inputs are free').toMatchObject({ status: 202 });
  });

  test('with it: the completed bytes are claimed, under the same id, and they are all that a worker reads', async () => {
    const payment = await pay();
    const request = withSponsorWitnesses(payment);
    expect((await verify(request)).body).toEqual({ isValid: true, payer: PAYER.address(0) });
    expect(await settle(request)).toMatchObject({
      status: 202,
      body: { errorReason: 'settlement_pending', transaction: payment.built.id },
    });
    const settlement = present(await journal.read(NETWORK, payment.built.id));
    expect(settlement).toMatchObject({ state: 'queued', payer: PAYER.address(0) });
    expect(settlement.inputs).toContain(outRefKey(payment.draft.lent.outRef));
    const kept = await journal.readSignedTransaction(NETWORK, payment.built.id);
    expect(kept && Buffer.from(kept)).toEqual(Buffer.from(completed(payment)));
    expect(await submit(kept ?? new Uint8Array()), 'a node takes them').toBe(200);
    devnet.ledger.forge();
  });

  test('the same call again joins, with and without the witness; what is broken in it is refused and changes nothing', async () => {
    const payment = await pay();
    const request = withSponsorWitnesses(payment);
    await settle(request);
    const pending = {
      status: 202,
      body: { errorReason: 'settlement_pending', transaction: payment.built.id },
    };
    const tagged = sponsorWitnesses(payment.built).replace(/^a10081/, 'a100d9010281');
    for (const again of [request, payment.request, withSponsorWitnesses(payment, tagged)]) {
      expect(await settle(again)).toMatchObject(pending);
      expect((await verify(again)).body, 'nothing is awaited').toEqual({
        isValid: true,
        payer: PAYER.address(0),
      });
    }
    const { built } = payment;
    for (const [witnesses, code] of [
      [sponsorWitnesses(built, STRANGER), INVALID],
      [sponsorWitnesses({ id: '00'.repeat(32) as never }), `${P}_invalid_signature`],
      ['a1'.repeat(2000), INVALID],
    ] as const)
      expect((await settle(withSponsorWitnesses(payment, witnesses))).body).toMatchObject({
        errorReason: code,
      });
    const kept = await journal.readSignedTransaction(NETWORK, built.id);
    expect(kept && Buffer.from(kept)).toEqual(Buffer.from(completed(payment)));
    expect(await settle(payment.request)).toMatchObject(pending);
  });

  test('another offer in the requirements is another request: the first one keeps the settlement', async () => {
    const payment = await pay();
    await settle(withSponsorWitnesses(payment));
    const { paymentRequirements } = payment.request;
    const feeSponsor = { ...payment.draft.offer, maxFee: '299999' };
    const other = { ...paymentRequirements, extra: { ...paymentRequirements.extra, feeSponsor } };
    expect((await settle({ ...payment.request, paymentRequirements: other })).body).toMatchObject({
      errorReason: 'duplicate_settlement',
    });
  });

  test('of two payments on one offer the first to be settled has it, and the second is told so', async () => {
    const first = await pay();
    const second = await pay();
    const { spec, source, world } = second.draft;
    const built = buildTransaction({ ...spec, inputs: [source.outRef, first.draft.lent.outRef] });
    const { paymentPayload } = second.request;
    const rival: PaymentRequest = {
      paymentPayload: {
        ...paymentPayload,
        payload: {
          ...paymentPayload.payload,
          transaction: built.base64,
          sponsorWitnesses: sponsorWitnesses(built),
        },
      },
      paymentRequirements: first.request.paymentRequirements,
    };
    expect(world.network).toBe(NETWORK);
    expect((await verify(rival)).body).toMatchObject({ isValid: true });
    expect(await settle(withSponsorWitnesses(first))).toMatchObject({ status: 202 });
    expect((await settle(rival)).body).toMatchObject({ errorReason: `${P}_input_reserved` });
    expect(await journal.read(NETWORK, built.id)).toEqual(ok(undefined));
  });

  test('where it is off, the witness is not looked at and the payment misses it', async () => {
    const payment = await pay();
    for (const request of [
      payment.request,
      withSponsorWitnesses(payment),
      withSponsorWitnesses(payment, 7),
    ]) {
      const refusal = {
        errorReason: `${P}_phase1_invalid`,
        errorMessage: expect.stringContaining('MissingVKey'),
      };
      expect((await settle(request, off)).body).toMatchObject(refusal);
    }
    expect(await journal.read(NETWORK, payment.built.id)).toEqual(ok(undefined));
  });
});

// Last: it empties Redis.
test('one that landed while the journal was lost can be redeemed, and the record has the bytes of its block', async () => {
  const payment = await pay();
  expect(await submit(completed(payment))).toBe(200);
  devnet.ledger.forge();
  await redis.flushdb();
  const { id } = payment.built;
  await journal.announceRedemption(NETWORK, id, 'the shop has no order');
  expect((await settle(payment.request)).body).toMatchObject({
    errorReason: 'settlement_pending',
    transaction: id,
  });
  const kept = (await journal.readSignedTransaction(NETWORK, id)) ?? new Uint8Array();
  expect(transactionOf(kept).vkeyWitnesses).toHaveLength(2);
});
