import { Emulator, generateEmulatorAccount, Lucid } from '@lucid-evolution/lucid';
import {
  type ChainOutput,
  type CheckedTransaction,
  checkAgainstChain,
  checkRequest,
  checkTransaction,
  decodePayment,
  lovelace,
  nativeAssetId,
  outRefKey,
  type PaymentRequest,
  parseTxHash,
  type Refusal,
} from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CASES } from '../../conformance/cases.js';
import * as cbor from '../../support/cbor-writer.js';
import { MERCHANT, PAYER, paymentOn } from '../../support/payment.js';
import { outRefCbor } from '../../support/transaction-builder.js';
import { MemoryWorld, POLICY } from '../../support/world.js';

function unrefused<T extends { readonly kind: string }>(value: T | Refusal): T {
  if (value.kind === 'refused') throw new Error((value as Refusal).message);
  return value as T;
}

async function checked(world: MemoryWorld, request?: PaymentRequest): Promise<CheckedTransaction> {
  const first = unrefused(checkRequest(request ?? (await paymentOn(world)), POLICY));
  return unrefused(checkTransaction(first, { network: world.facts, nowMs: world.nowMs }, POLICY));
}

test('a verified payment says who pays what to whom until when', async () => {
  const world = new MemoryWorld();
  const request = await paymentOn(world, {
    requirements: { extra: { confirmationPolicy: { l1Confirmations: 3 } } },
  });
  const verdict = world.verify(request);
  expect(verdict).toMatchObject({
    kind: 'verified',
    payer: PAYER.address(0),
    fee: 200_000n,
    terms: {
      network: 'cardano:preview',
      payTo: MERCHANT.address(0),
      asset: 'lovelace',
      amount: 2_000_000n,
      maxTimeoutSeconds: 600,
      method: 'default',
      requiredConfirmations: 3,
    },
  });
});

test('one confirmation is required when the requirements name none', async () => {
  const world = new MemoryWorld();
  expect((await checked(world)).terms.requiredConfirmations).toBe(1);
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
  const { needs, nonce } = await checked(world, request);
  expect(needs).toEqual([nonce, other.outRef]);
});

test('a fact that was not given is unknown, never missing', async () => {
  const world = new MemoryWorld();
  const payment = await checked(world);
  const facts = { outputs: new Map(), network: world.facts, nowMs: world.nowMs };
  expect(checkAgainstChain(payment, facts, POLICY)).toMatchObject({
    kind: 'refused',
    code: 'exact_cardano_facilitator_chain_lookup_failed',
  });
});

test('a hold never blocks the payment that holds', async () => {
  const world = new MemoryWorld();
  const payment = await checked(world);
  const outputs = new Map(payment.needs.map((ref) => [outRefKey(ref), world.factOf(ref)] as const));
  const input = outRefKey(payment.nonce);
  const verdict = checkAgainstChain(
    payment,
    {
      outputs,
      network: world.facts,
      nowMs: world.nowMs,
      reservedInput: { input, heldBy: payment.transaction.id },
    },
    POLICY,
  );
  expect(verdict.kind).toBe('verified');
});

test('once broadcast here, neither its TTL nor its spent inputs speak against it', async () => {
  const world = new MemoryWorld();
  const request = unrefused(checkRequest(await paymentOn(world), POLICY));
  const decoded = unrefused(decodePayment(request, world.facts));
  // The usual TTL is five minutes ahead.
  const nowMs = world.nowMs + 360_000;
  const late = { network: world.facts, nowMs };
  expect(checkTransaction(decoded, late, POLICY)).toMatchObject({
    kind: 'refused',
    code: 'invalid_exact_cardano_payload_ttl_expired',
  });
  const payment = unrefused(checkTransaction(decoded, { ...late, alreadyBroadcast: true }, POLICY));
  const verdict = checkAgainstChain(payment, { alreadyBroadcast: true, payer: 'addr_test1payer' }, POLICY);
  expect(verdict).toMatchObject({
    kind: 'verified',
    payer: 'addr_test1payer',
    transaction: { id: decoded.transaction.id },
  });
});

test('once broadcast here, it must still pay what these requirements ask for', async () => {
  const world = new MemoryWorld();
  const request = unrefused(
    checkRequest(await paymentOn(world, { requirements: { amount: '9000000' } }), POLICY),
  );
  const facts = { network: world.facts, nowMs: world.nowMs, alreadyBroadcast: true };
  expect(checkTransaction(request, facts, POLICY)).toMatchObject({
    code: 'invalid_exact_cardano_payload_amount_insufficient',
  });
});

test('no message quotes the signed transaction, in any encoding', async () => {
  for (const example of CASES) {
    const world = new MemoryWorld();
    const request = await example.payment(world);
    const verdict = world.verify(request, example.policy);
    const { transaction } = request.paymentPayload.payload;
    if (verdict.kind !== 'refused' || typeof transaction !== 'string') continue;
    const bytes = Buffer.from(transaction, 'base64');
    expect(verdict.message.length, example.situation).toBeLessThan(1000);
    if (bytes.length < 100) continue;
    expect(verdict.message).not.toContain(transaction.slice(0, 60));
    expect(verdict.message).not.toContain(bytes.toString('hex').slice(0, 60));
  }
});

test('any change to a signed body without signing again is refused', async () => {
  const world = new MemoryWorld();
  const request = await paymentOn(world);
  const { transaction } = request.paymentPayload.payload;
  const bytes = Buffer.from(String(transaction), 'base64');
  const { transaction: original } = await checked(world, request);
  fc.assert(
    fc.property(fc.nat(original.bodyBytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
      const bent = Uint8Array.from(bytes);
      // The body lies behind the head of the outer array.
      bent[1 + at] = (bent[1 + at] ?? 0) ^ difference;
      const payload = {
        ...request.paymentPayload.payload,
        transaction: Buffer.from(bent).toString('base64'),
      };
      const verdict = world.verify({ ...request, paymentPayload: { ...request.paymentPayload, payload } });
      expect(verdict.kind).toBe('refused');
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
    network: world.facts,
    nowMs: world.nowMs,
  };
  expect(checkAgainstChain(payment, facts, POLICY)).toMatchObject({ kind: 'verified', payer: payer.address });
  expect(await signed.submit()).toBe(payment.transaction.id);
});
