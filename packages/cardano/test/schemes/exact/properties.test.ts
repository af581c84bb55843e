import { createdOutputs, nativeAssetId, type PaymentRequest } from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as cbor from '../../support/cbor-writer.js';
import { MERCHANT, PAYER, type PaymentChanges, paymentOn } from '../../support/payment.js';
import { TOKEN_POLICY } from '../../support/tokens.js';
import { buildTransaction, type Encoding } from '../../support/transaction-builder.js';
import { transactionOf } from '../../support/unwrap.js';
import { MemoryWorld } from '../../support/world.js';

const TOKEN = nativeAssetId(TOKEN_POLICY, 'cafe');

const encoding: fc.Arbitrary<Encoding> = fc.record({
  sets: fc.constantFrom('tagged' as const, 'untagged'),
  length: fc.constantFrom('definite' as const, 'indefinite'),
  heads: fc.constantFrom('shortest' as const, 8 as const),
});

/** A payment that is always good: of lovelace or a token, with any change, in any legal encoding. */
const goodPayment: fc.Arbitrary<PaymentChanges> = fc
  .record({
    lovelace: fc.bigInt({ min: 1_500_000n, max: 20_000_000n }),
    tokens: fc.option(fc.bigInt({ min: 1n, max: 2n ** 62n }), { nil: undefined }),
    more: fc.bigInt({ min: 0n, max: 1000n }),
    fee: fc.bigInt({ min: 250_000n, max: 5_000_000n }),
    ttlSeconds: fc.integer({ min: 30, max: 600 }),
    changeOutputs: fc.integer({ min: 1, max: 4 }),
    metadata: fc.option(fc.string({ maxLength: 12 }), { nil: undefined }),
    encoding,
  })
  .map(({ lovelace, tokens, more, fee, ttlSeconds, changeOutputs, metadata, encoding: written }) => ({
    funds: {
      lovelace: 60_000_000n,
      ...(tokens === undefined ? {} : { assets: [[TOKEN, tokens + more]] as const }),
    },
    requirements: tokens === undefined ? { amount: `${lovelace}` } : { asset: TOKEN, amount: `${tokens}` },
    transaction: ({ spec, source, world }) => {
      const assets = tokens === undefined ? {} : { assets: [[TOKEN_POLICY, 'cafe', tokens + more]] as const };
      const left = source.lovelace - lovelace - fee;
      const part = left / BigInt(changeOutputs);
      const change = Array.from({ length: changeOutputs }, (_, at) => ({
        address: PAYER.addressBytes(0),
        lovelace: at === 0 ? left - part * BigInt(changeOutputs - 1) : part,
      }));
      return {
        ...spec,
        fee,
        ttl: (world.nowMs - world.facts.timeline.systemStartMs) / 1000 + ttlSeconds,
        outputs: [{ address: MERCHANT.addressBytes(0), lovelace, ...assets }, ...change],
        encoding: written,
        ...(metadata === undefined
          ? {}
          : { auxiliaryData: cbor.map([[cbor.int(674), cbor.text(metadata)]]) }),
      };
    },
  }));

function withTransaction(request: PaymentRequest, bytes: Uint8Array): PaymentRequest {
  const { paymentPayload } = request;
  const transaction = Buffer.from(bytes).toString('base64');
  return {
    ...request,
    paymentPayload: { ...paymentPayload, payload: { ...paymentPayload.payload, transaction } },
  };
}

function bytesOf(request: PaymentRequest): Uint8Array {
  return new Uint8Array(Buffer.from(String(request.paymentPayload.payload.transaction), 'base64'));
}

test('any good payment is verified, and no single change to its body is without signing again', async () => {
  await fc.assert(
    fc.asyncProperty(
      goodPayment,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 5, maxLength: 5 }),
      async (changes, places) => {
        const world = new MemoryWorld();
        const request = await paymentOn(world, changes);
        const verdict = world.verify(request);
        if (!verdict.ok) throw new Error(verdict.error.message);
        const { bodyBytes } = transactionOf(verdict.value.bytes);
        for (const [place, difference] of places) {
          const bent = Uint8Array.from(bytesOf(request));
          const at = 1 + (place % bodyBytes.length);
          bent[at] = (bent[at] ?? 0) ^ difference;
          expect(world.verify(withTransaction(request, bent)).ok).toBe(false);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('the id that is computed depends on the body’s own bytes alone, the witness set in any encoding', async () => {
  await fc.assert(
    fc.asyncProperty(goodPayment, encoding, async (changes, other) => {
      const world = new MemoryWorld();
      const request = await paymentOn(world, changes);
      const transaction = transactionOf(bytesOf(request));
      const key = transaction.vkeyWitnesses[0];
      if (key === undefined) throw new Error('a payment is signed');
      const signature = cbor.array([cbor.bytes(key.publicKey), cbor.bytes(key.signature)], other.length);
      const set =
        other.sets === 'tagged' ? cbor.set([signature], other.length) : cbor.array([signature], other.length);
      const witnessSet = cbor.map([[cbor.int(0, other.heads), set]], other.length);
      const auxiliaryData = transaction.auxiliaryDataBytes ?? cbor.NULL;
      const again = cbor.array([transaction.bodyBytes, witnessSet, cbor.TRUE, auxiliaryData], other.length);
      const verdict = world.verify(withTransaction(request, again));
      expect(verdict).toMatchObject({ ok: true, value: { txHash: transaction.id } });
    }),
    { numRuns: 100 },
  );
});

test('a body with its keys in another order is another transaction, judged by its own id', async () => {
  const world = new MemoryWorld();
  const ids = new Set<string>();
  const request = await paymentOn(world, {
    transaction: ({ spec }) => {
      const { ttl, ...rest } = spec;
      ids.add(buildTransaction(spec).id);
      // The TTL comes last here, behind the network id.
      return {
        ...rest,
        body: { 15: cbor.int(0) },
        appendToBody: [[cbor.int(3), cbor.int(BigInt(ttl ?? 0))]],
      };
    },
  });
  const verdict = world.verify(request);
  if (!verdict.ok) throw new Error(verdict.error.message);
  const { txHash, bytes } = verdict.value;
  expect(ids).not.toContain(txHash);
  expect(createdOutputs(transactionOf(bytes))[0]?.outRef.txHash).toBe(txHash);
});

test('no verdict depends on what the payer accepted, beyond scheme and network', async () => {
  const world = new MemoryWorld();
  const good = await paymentOn(world);
  const bad = await paymentOn(world, { requirements: { amount: '3000000' } });
  const claims = fc.record(
    {
      asset: fc.string(),
      amount: fc.oneof(fc.string(), fc.nat()),
      payTo: fc.constantFrom(PAYER.address(0), MERCHANT.address(1), ''),
      maxTimeoutSeconds: fc.oneof(fc.integer(), fc.string()),
      extra: fc.oneof(
        fc.constant(null),
        fc.record({
          assetTransferMethod: fc.constantFrom('script', 'masumi', 'teleport'),
          confirmationPolicy: fc.anything(),
          scriptHash: fc.string(),
        }),
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.constantFrom(good, bad), claims, (request, claimed) => {
      const { accepted } = request.paymentPayload;
      const altered = { ...request.paymentPayload, accepted: { ...claimed, ...accepted } };
      expect(world.verify({ ...request, paymentPayload: altered })).toEqual(world.verify(request));
    }),
    { numRuns: 60 },
  );
});
