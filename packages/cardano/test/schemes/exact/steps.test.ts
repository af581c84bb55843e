import { Emulator, generateEmulatorAccount, Lucid } from '@lucid-evolution/lucid';
import {
  type ChainOutput,
  decodeTransaction,
  lovelace,
  nativeAssetId,
  outRefKey,
  type PaymentRequest,
  parseOutRef,
  parseTxHash,
  type Refusal,
  type Result,
  SUPPORTED_SCHEMES,
  slotAt,
} from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withSpec } from '../../conformance/bend.js';
import { CASES } from '../../conformance/cases.js';
import * as cbor from '../../support/cbor-writer.js';
import type { OutputsStep, TransactionStep } from '../../support/internals.js';
import { MERCHANT, PAYER, paymentOn } from '../../support/payment.js';
import { outRefCbor } from '../../support/transaction-builder.js';
import { transactionRequestOf } from '../../support/unwrap.js';
import { MemoryWorld, POLICY } from '../../support/world.js';

function unrefused<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function decoded(world: MemoryWorld, request: PaymentRequest): TransactionStep {
  return unrefused(
    transactionRequestOf(unrefused(SUPPORTED_SCHEMES.read(request, POLICY))).decode(world.facts),
  );
}

async function checked(world: MemoryWorld, request?: PaymentRequest): Promise<OutputsStep> {
  const transaction = decoded(world, request ?? (await paymentOn(world)));
  const step = unrefused(transaction.check({ nowMs: world.nowMs }));
  if (step.kind === 'broadcast') throw new Error('nothing was broadcast here');
  return step;
}

test('a verified payment says who pays what to whom until when', async () => {
  const world = new MemoryWorld();
  const request = await paymentOn(world, {
    requirements: { extra: { confirmationPolicy: { l1Confirmations: 3 } } },
  });
  const { transaction } = request.paymentPayload.payload;
  const bytes = new Uint8Array(Buffer.from(String(transaction), 'base64'));
  expect(world.verify(request)).toEqual({
    ok: true,
    value: {
      scheme: 'exact',
      kind: 'payment',
      network: 'cardano:preview',
      txHash: decoded(world, request).txHash,
      payer: PAYER.address(0),
      payTo: MERCHANT.address(0),
      asset: 'lovelace',
      amount: 2_000_000n,
      inputs: [request.paymentPayload.payload.nonce],
      ttl: slotAt(world.facts.timeline, world.nowMs) + 300,
      fee: 200_000n,
      requiredConfirmations: 3,
      bytes,
      hasScripts: false,
      method: 'default',
    },
  });
});

test('one confirmation is required when the requirements name none', async () => {
  const world = new MemoryWorld();
  expect(unrefused(world.verify(await paymentOn(world))).requiredConfirmations).toBe(1);
});

test('every output that the transaction names is needed once', async () => {
  const world = new MemoryWorld();
  const other = await world.fund(PAYER, { lovelace: 5_000_000n });
  const request = await paymentOn(world, {
    transaction: ({ spec, source }) => ({
      ...spec,
      body: {
        13: cbor.set([outRefCbor(source.outRef), outRefCbor(other.outRef)]),
        18: cbor.set([outRefCbor(other.outRef)]),
      },
    }),
  });
  const { needs } = await checked(world, request);
  const nonce = parseOutRef(String(request.paymentPayload.payload.nonce));
  expect(needs.outputs).toEqual([nonce, other.outRef]);
});

test('a fact that was not given is unknown, never missing', async () => {
  const world = new MemoryWorld();
  const payment = await checked(world);
  expect(payment.check({ outputs: new Map(), nowMs: world.nowMs })).toMatchObject({
    ok: false,
    error: { code: 'exact_cardano_facilitator_chain_lookup_failed' },
  });
});

test('a hold never blocks the payment that holds', async () => {
  const world = new MemoryWorld();
  const request = await paymentOn(world);
  const payment = await checked(world, request);
  const { txHash, inputs } = decoded(world, request);
  const [input] = inputs;
  if (input === undefined) throw new Error('a payment has an input');
  const held = payment.check({ ...world.factsFor(payment), reservedInput: { input, heldBy: txHash } });
  expect(unrefused(held).judge().ok).toBe(true);
});

test('once broadcast here, neither its TTL nor its spent inputs speak against it', async () => {
  const world = new MemoryWorld();
  const transaction = decoded(world, await paymentOn(world));
  // The usual TTL is five minutes ahead.
  const nowMs = world.nowMs + 360_000;
  expect(transaction.check({ nowMs })).toMatchObject({
    ok: false,
    error: { code: 'invalid_exact_cardano_payload_ttl_expired' },
  });
  expect(transaction.check({ nowMs, broadcast: { payer: 'addr_test1payer' } })).toMatchObject({
    ok: true,
    value: { kind: 'broadcast', payment: { payer: 'addr_test1payer', txHash: transaction.txHash } },
  });
});

test('once broadcast here, it must still pay what these requirements ask for', async () => {
  const world = new MemoryWorld();
  const transaction = decoded(world, await paymentOn(world, { requirements: { amount: '9000000' } }));
  const facts = { nowMs: world.nowMs, broadcast: { payer: 'addr_test1payer' } };
  expect(transaction.check(facts)).toMatchObject({
    ok: false,
    error: { code: 'invalid_exact_cardano_payload_amount_insufficient' },
  });
});

test('signatures that the pool verified are judged as those that the rule verifies itself', async () => {
  const world = new MemoryWorld();
  const good = await paymentOn(world);
  const bad = await paymentOn(world, withSpec({ signedMessage: new Uint8Array(32) }));
  for (const request of [good, bad]) {
    const [here, inPool] = [decoded(world, request), decoded(world, request)];
    await inPool.verifySignatures();
    const [expected, found] = [here, inPool].map((it) => it.check({ nowMs: world.nowMs }));
    expect(found?.ok).toBe(request === good);
    if (expected?.ok === false) expect(found).toEqual(expected);
  }
});

test('no message quotes the signed transaction, in any encoding', async () => {
  for (const example of CASES) {
    const world = new MemoryWorld();
    const request = await example.payment(world);
    const verdict = world.verify(request, example.policy);
    const { transaction } = request.paymentPayload.payload;
    if (verdict.ok || typeof transaction !== 'string') continue;
    const { message } = verdict.error;
    const bytes = Buffer.from(transaction, 'base64');
    expect(message.length, example.situation).toBeLessThan(1000);
    if (bytes.length < 100) continue;
    expect(message).not.toContain(transaction.slice(0, 60));
    expect(message).not.toContain(bytes.toString('hex').slice(0, 60));
  }
});

test('any change to a signed body without signing again is refused', async () => {
  const world = new MemoryWorld();
  const request = await paymentOn(world);
  const { transaction } = request.paymentPayload.payload;
  const bytes = Buffer.from(String(transaction), 'base64');
  const original = decodeTransaction(bytes);
  if (!original.ok) throw new Error(original.error);
  const { bodyBytes } = original.value;
  fc.assert(
    fc.property(fc.nat(bodyBytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
      const bent = Uint8Array.from(bytes);
      // The body lies behind the head of the outer array.
      bent[1 + at] = (bent[1 + at] ?? 0) ^ difference;
      const payload = {
        ...request.paymentPayload.payload,
        transaction: Buffer.from(bent).toString('base64'),
      };
      const verdict = world.verify({ ...request, paymentPayload: { ...request.paymentPayload, payload } });
      expect(verdict.ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('what Lucid builds and its emulator’s ledger takes is verified', async () => {
  const unit = `${'ab'.repeat(28)}cafe`;
  const payer = generateEmulatorAccount({ lovelace: 50_000_000n, [unit]: 12n });
  const emulator = new Emulator([payer]);
  const lucid = await Lucid(emulator, 'Custom');
  lucid.selectWallet.fromSeed(payer.seedPhrase);
  const assets = { lovelace: 2_000_000n, [unit]: 5n };
  const built = await lucid
    .newTx()
    .pay.ToAddress(MERCHANT.address(0), assets)
    .validTo(Date.now() + 300_000)
    .complete();
  const signed = await built.sign.withWallet().complete();
  const utxos = await emulator.getUtxos(payer.address);

  const world = new MemoryWorld({
    // The emulator counts slots of a second from its own first one.
    facts: {
      parameters: new MemoryWorld().facts.parameters,
      timeline: {
        systemStartMs: emulator.now() - 1000 * emulator.slot,
        eras: [
          {
            start: { seconds: 0, slot: 0, epoch: 0 },
            end: null,
            slotLengthSeconds: 1,
            epochLengthSlots: 432_000,
          },
        ],
      },
    },
    nowMs: emulator.now(),
  });
  const outputs = utxos.map((utxo): ChainOutput => {
    const hash = parseTxHash(utxo.txHash);
    if (hash === undefined) throw new Error('an emulator’s id is 64 hex characters');
    const { lovelace: coin = 0n, ...tokens } = utxo.assets;
    return {
      outRef: { txHash: hash, index: utxo.outputIndex },
      address: utxo.address,
      lovelace: lovelace(coin),
      assets: new Map(
        Object.entries(tokens).map(([key, n]) => [nativeAssetId(key.slice(0, 56), key.slice(56)), n]),
      ),
    };
  });
  const request: PaymentRequest = {
    paymentPayload: {
      x402Version: 2,
      accepted: { scheme: 'exact', network: 'cardano:preview' },
      payload: {
        transaction: Buffer.from(signed.toCBOR(), 'hex').toString('base64'),
        nonce: outputs[0] === undefined ? '' : outRefKey(outputs[0].outRef),
      },
    },
    paymentRequirements: {
      scheme: 'exact',
      network: 'cardano:preview',
      asset: nativeAssetId('ab'.repeat(28), 'cafe'),
      amount: '5',
      payTo: MERCHANT.address(0),
      maxTimeoutSeconds: 600,
    },
  };
  const payment = await checked(world, request);
  const facts = {
    outputs: new Map(
      outputs.map((output) => [outRefKey(output.outRef), { status: 'unspent', output }] as const),
    ),
    nowMs: world.nowMs,
  };
  const verdict = unrefused(unrefused(payment.check(facts)).judge());
  expect(verdict.payer).toBe(payer.address);
  expect(await signed.submit()).toBe(verdict.txHash);
});
