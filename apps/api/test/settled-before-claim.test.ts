import { blake2b256, decodeTransaction, type PaymentRequest, slotAt } from '@x402-facilitator/cardano';
import { cbor, walletOf } from '@x402-facilitator/cardano/testing';
import { present } from '@x402-facilitator/journal/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Harness, NETWORK, startHarness, transactionIn } from './support/harness.js';
import { post, send } from './support/requests.js';
import { type RunningApi, startApi } from './support/start-api.js';

const SETTLED_BEFORE_CLAIM = 'exact_cardano_settlement_settled_before_claim';
const CONFIRMED = ['submitting', 'submitted', 'included', 'confirmed'] as const;

// The provider stays behind here: it shows no block that holds the payments, as after a loss the chain may look.
describe('a payment that a block held before it was claimed', () => {
  let harness: Harness;
  let api: RunningApi;
  let aheadMs = 0;
  beforeAll(async () => {
    harness = await startHarness();
    api = await startApi({
      redisUrl: harness.redisUrl,
      chainUrl: harness.devnet.url,
      clock: () => Date.now() + aheadMs,
    });
  });
  afterAll(async () => {
    await api.close();
    await harness.close();
  });

  const settle = (request: object) => post(`${api.url}/settle`, request, { prefer: 'respond-async' });
  /** Claims so much later than its block. */
  const claimAfterBlock = async (ms: number, request: object) => {
    aheadMs = ms;
    const { status, body } = await settle(request);
    expect(status).toBe(202);
    const txHash = transactionIn(body);
    await harness.advance(txHash, ...CONFIRMED);
    return txHash;
  };

  it('is delivered once, though the journal is lost and the same call claims it again', async () => {
    const request = await harness.pay();
    await claimAfterBlock(0, request);
    expect((await settle(request)).body).toMatchObject({ success: true });

    await harness.redis.flushdb();
    const txHash = await claimAfterBlock(30_000, request);
    for (let call = 0; call < 3; call += 1) {
      const { status, body } = await settle(request);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        success: false,
        errorReason: SETTLED_BEFORE_CLAIM,
        errorMessage: expect.stringContaining('was in a block before it was claimed here'),
        transaction: txHash,
        extra: { status: 'confirmed', transactionId: txHash },
      });
      expect(body).not.toHaveProperty('extra.retryable');
    }
    // It paid, and that is what the ledger's own story tells.
    expect((await send(`${api.url}/status/${txHash}`)).body).toMatchObject({ status: 'confirmed' });
    expect(api.log).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('older than its claim') }),
    );
  });

  it('is delivered, once, after an operator said that it never was, and the log has why', async () => {
    const request = await harness.pay();
    const txHash = await claimAfterBlock(30_000, request);
    expect((await settle(request)).body).toMatchObject({ errorReason: SETTLED_BEFORE_CLAIM });
    expect(await harness.journal.redeem(NETWORK, txHash, 'the shop has no order')).toMatchObject({
      kind: 'redeemed',
      settlement: { redeemedAtMs: expect.any(Number), redeemedBecause: 'the shop has no order' },
    });
    expect((await settle(request)).body).toMatchObject({ success: true, transaction: txHash });
    expect((await settle(request)).body).toMatchObject({ errorReason: 'duplicate_settlement' });
    expect(await harness.journal.redeem(NETWORK, txHash, 'again')).toMatchObject({
      kind: 'already-delivered',
    });
    expect(api.log).toContainEqual(
      expect.objectContaining({
        message: "delivered on an operator's word",
        metadata: expect.objectContaining({ redeemedBecause: 'the shop has no order' }),
      }),
    );
  });

  it.each(['a newer block', 'a mempool'])(
    'is not delivered again when a rollback brings it into %s',
    async (place) => {
      const request = await harness.pay();
      const txHash = await claimAfterBlock(30_000, request);
      expect((await settle(request)).body).toMatchObject({ errorReason: SETTLED_BEFORE_CLAIM });
      await harness.advance(txHash, 'submitted');
      const taken = present(await harness.journal.read(NETWORK, txHash));
      expect(taken).not.toHaveProperty('block');
      const { timeline } = harness.devnet.ledger.profile;
      const block = { hash: 'c'.repeat(64), height: 9, slot: slotAt(timeline, Date.now() + 45_000) };
      const again = { network: NETWORK, txHash, from: ['submitted'] } as const;
      const outcome =
        place === 'a mempool'
          ? await harness.journal.transition({ ...again, to: 'confirmed', change: { confirmations: -1 } })
          : await harness.journal.transition({
              ...again,
              to: 'included',
              change: { block, confirmations: 0 },
            });
      expect(outcome).toMatchObject({
        kind: 'changed',
        settlement: { earliestBlockSlot: expect.any(Number) },
      });
      if (place !== 'a mempool') await harness.advance(txHash, 'confirmed');
      const { body } = await settle(request);
      expect(body).toMatchObject({ success: false, errorReason: SETTLED_BEFORE_CLAIM, transaction: txHash });
    },
  );

  it('is a fresh payment to a clock that is fast by less than the tolerance', async () => {
    const request = await harness.pay();
    await claimAfterBlock(8_000, request);
    expect((await settle(request)).body).toMatchObject({ success: true });
  });

  it('is a fresh payment to a clock that is slow', async () => {
    const request = await harness.pay();
    await claimAfterBlock(-20_000, request);
    expect((await settle(request)).body).toMatchObject({ success: true });
  });
});

it('a payment whose record is lost and whose inputs are spent can be redeemed, by its terms, once a block holds it', async () => {
  const harness = await startHarness();
  try {
    let aheadMs = 0;
    const clock = () => Date.now() + aheadMs;
    const api = await startApi({ redisUrl: harness.redisUrl, chainUrl: harness.devnet.url, clock });
    onTestFinished(api.close);
    const settle = async (request: object) =>
      (await post(`${api.url}/settle`, request, { prefer: 'respond-async' })).body;
    const request = await harness.pay();
    const submit = (it: PaymentRequest) => harness.devnet.ledger.submit(bytesOf(it));
    const submitted = submit(request);
    if (submitted.kind !== 'accepted')
      throw new Error(`expected it to be accepted: ${JSON.stringify(submitted)}`);
    const txHash = submitted.id;
    const because = 'sent before the loss of the journal';
    await harness.journal.announceRedemption(NETWORK, txHash, because);
    harness.devnet.ledger.forge();
    aheadMs = 30_000;

    const { paymentRequirements } = request;
    const dearer = { ...paymentRequirements, amount: String(BigInt(paymentRequirements.amount) * 2n) };
    expect(await settle({ ...request, paymentRequirements: dearer })).toMatchObject({
      success: false,
      transaction: '',
      errorReason: expect.stringContaining('amount'),
    });
    // Its caller may have no more of it than its body.
    const bare = withoutItsWitness(request);
    expect(await settle(bare)).toMatchObject({ errorReason: 'settlement_pending', transaction: txHash });
    expect(present(await harness.journal.read(NETWORK, txHash))).toMatchObject({
      redeemedAtMs: expect.any(Number),
      redeemedBecause: because,
    });
    expect(await harness.journal.readSignedTransaction(NETWORK, txHash)).toEqual(bytesOf(request));
    await harness.advance(txHash, ...CONFIRMED);
    expect(await settle(request)).toMatchObject({ success: true, transaction: txHash });
    expect(await settle(request)).toMatchObject({ errorReason: 'duplicate_settlement' });
    expect(present(await harness.journal.read(NETWORK, txHash))).toMatchObject({ redeemedBecause: because });

    const other = await harness.pay();
    submit(other);
    harness.devnet.ledger.forge();
    expect(await settle(other)).toMatchObject({
      success: false,
      errorReason: 'invalid_exact_cardano_payload_nonce_not_on_chain',
    });
  } finally {
    await harness.close();
  }
});

it('an operator cannot redeem what failed, what was never claimed, and what cannot be read', async () => {
  const harness = await startHarness();
  try {
    const api = await harness.startApi();
    const request = await harness.pay();
    const txHash = transactionIn(
      (await post(`${api.url}/settle`, request, { prefer: 'respond-async' })).body,
    );
    const redeem = () => harness.journal.redeem(NETWORK, txHash, 'because');
    const key = `{x402}:journal:preview:settlement:${txHash}`;
    await harness.redis.hset(key, 'schemaVersion', '2');
    expect(await redeem()).toMatchObject({ kind: 'unreadable', record: { txHash } });
    await harness.redis.hset(key, 'schemaVersion', '1');
    await harness.advance(txHash, 'submitting', 'failed');
    expect(await redeem()).toMatchObject({ kind: 'unpaid' });
    await harness.redis.del(key);
    expect(await redeem()).toEqual({ kind: 'not-found' });
  } finally {
    await harness.close();
  }
});

function bytesOf({ paymentPayload }: PaymentRequest): Uint8Array {
  return new Uint8Array(Buffer.from(String(paymentPayload.payload.transaction), 'base64'));
}

/** The same transaction with a stranger's signature alone, which no ledger lets in. */
function withoutItsWitness(request: PaymentRequest): PaymentRequest {
  const decoded = decodeTransaction(bytesOf(request));
  if (!decoded.ok) throw new Error(decoded.error);
  const { bodyBytes } = decoded.value;
  const stranger = walletOf('stranger');
  const witness = cbor.array([
    cbor.bytes(stranger.publicKey),
    cbor.bytes(stranger.sign(blake2b256(bodyBytes))),
  ]);
  const witnesses = cbor.map([[cbor.int(0), cbor.array([witness])]]);
  const bytes = cbor.array([bodyBytes, witnesses, cbor.TRUE, cbor.NULL]);
  const transaction = Buffer.from(bytes).toString('base64');
  const { paymentPayload } = request;
  return {
    ...request,
    paymentPayload: { ...paymentPayload, payload: { ...paymentPayload.payload, transaction } },
  };
}
