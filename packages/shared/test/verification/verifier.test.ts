import { type PaymentRequest, SUPPORTED_SCHEMES, type VerificationPolicy } from '@x402-facilitator/cardano';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import {
  bytesOf,
  createChainAccess,
  devnetOf,
  payerOn,
  requirements,
  TOKEN,
} from '@x402-facilitator/chain/testing';
import type { SignedPayment } from '@x402-facilitator/client';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import type { Settlement } from '@x402-facilitator/journal';
import type { StageTimes } from '@x402-facilitator/shared/testing';
import { createVerifier } from '@x402-facilitator/shared/verification';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';

const POLICY: VerificationPolicy = {
  networks: new Set(['cardano:preview']),
  graceBufferSeconds: 30,
  maxTimeoutSeconds: 3_600,
  feeMinLovelace: 150_000n,
  feeMaxLovelace: 5_000_000n,
  maxInputs: 256,
  ledger: 'full',
  acceptMempool: false,
};
const CHAIN_LOOKUP_FAILED = 'exact_cardano_facilitator_chain_lookup_failed';
const OUTPUTS = 'GET /txs/{hash}/utxos';

function verifierOn(devnet: Devnet, clock: () => number = Date.now) {
  const provider = createBlockfrostProvider({
    network: 'cardano:preview',
    url: devnet.url,
    timeoutMs: 2_000,
  });
  onTestFinished(() => provider.close());
  const chain = createChainAccess({ provider, clock, utxoTtlSeconds: 60 });
  const times: StageTimes[] = [];
  const verify = createVerifier({
    network: 'cardano:preview',
    schemes: SUPPORTED_SCHEMES,
    chain,
    policy: POLICY,
    clock,
    onTimed: (time) => times.push(time),
  });
  return { verify, chain, times };
}

function requestFor(
  payment: Pick<SignedPayment, 'transactionBase64' | 'nonce'>,
  paymentRequirements: PaymentRequest['paymentRequirements'],
): PaymentRequest {
  return {
    paymentPayload: {
      x402Version: 2,
      accepted: { scheme: 'exact', network: 'cardano:preview' },
      payload: { transaction: payment.transactionBase64, nonce: payment.nonce },
    },
    paymentRequirements,
  };
}

const calls = (devnet: Devnet, operation?: string): number => {
  const { total, operations } = devnet.requests.snapshot();
  return operation === undefined ? total : (operations[operation] ?? 0);
};

const FRESH = { fresh: true };
const CACHED = { fresh: false };

/** One payment of 2 ADA, for the tests that only look at it. */
let devnet: Devnet;
let payTo: string;
let payment: SignedPayment;
let payer: string;

beforeAll(async () => {
  devnet = await startDevnet({ blockMs: 0 });
  const { wallet, payTo: seller } = await payerOn(devnet);
  [payTo, payer, payment] = [seller, wallet.address, await wallet.sign(requirements(seller))];
});
afterAll(() => devnet.close());
afterEach(() => {
  devnet.faults.clear();
  devnet.requests.clear();
});

const payment2Ada = () => requestFor(payment, requirements(payTo));

test('a payment in ADA that Lucid built is verified, names its payer, and every stage is timed', async () => {
  const { verify, times } = verifierOn(devnet);
  const { verdict, settlement } = await verify(payment2Ada(), FRESH);
  expect(verdict).toMatchObject({
    ok: true,
    value: {
      payer,
      txHash: payment.transactionId,
      asset: 'lovelace',
      amount: 2_000_000n,
      payTo,
      requiredConfirmations: 1,
    },
  });
  expect(settlement).toBeUndefined();
  expect(Object.keys(times[0] ?? {}).sort()).toStrictEqual(['chain', 'decode', 'ledger', 'rules']);
});

test('a payment in a test token that Lucid built is verified', async () => {
  const devnet = await devnetOf();
  const { wallet, payTo } = await payerOn(devnet);
  const price = requirements(payTo, { asset: TOKEN, amount: '10' });
  const { verdict } = await verifierOn(devnet).verify(requestFor(await wallet.sign(price), price), FRESH);
  expect(verdict).toMatchObject({ ok: true, value: { asset: TOKEN, amount: 10n } });
});

test('a first payment costs one call for its parent, a repeated verify costs none, and a settle costs one more', async () => {
  const request = payment2Ada();
  const { verify, chain } = verifierOn(devnet);
  await chain.facts.get();
  devnet.requests.clear();
  for (const [options, expected] of [
    [CACHED, 1],
    [CACHED, 1],
    [FRESH, 2],
  ] as const) {
    expect((await verify(request, options)).verdict.ok).toBe(true);
    expect(devnet.requests.snapshot()).toStrictEqual({
      total: expected,
      operations: { [OUTPUTS]: expected },
    });
  }
});

test.each([
  ['a price that is higher', { amount: '2000001' }, 'invalid_exact_cardano_payload_amount_insufficient'],
  ['another asset', { asset: TOKEN, amount: '1' }, 'invalid_exact_cardano_payload_asset_mismatch'],
  ['a time-out that is too long', { maxTimeoutSeconds: 3_601 }, 'invalid_exact_cardano_requirements'],
  ['another method', { extra: { assetTransferMethod: 'escrow' } }, 'unsupported_scheme'],
])('with %s no output is looked up', async (_, change, code) => {
  const { verify } = verifierOn(devnet);
  const { verdict } = await verify(requestFor(payment, requirements(payTo, change)), FRESH);
  expect(verdict).toMatchObject({ ok: false, error: { code } });
  expect(calls(devnet, OUTPUTS)).toBe(0);
});

test('bytes that are not a transaction are refused before any output is looked up', async () => {
  const { verify } = verifierOn(devnet);
  const nonce = `${'a'.repeat(64)}#0`;
  const { verdict } = await verify(
    requestFor({ transactionBase64: 'AQID', nonce }, requirements(payTo)),
    FRESH,
  );
  expect(verdict).toMatchObject({
    error: { code: 'invalid_exact_cardano_payload_transaction_decode_failed' },
  });
  expect(calls(devnet, OUTPUTS)).toBe(0);
});

test('an input that another transaction spent is refused by settle at once, though verify may not know yet', async () => {
  const devnet = await devnetOf();
  const { wallet, payTo } = await payerOn(devnet);
  const price = requirements(payTo);
  const payment = await wallet.sign(price);
  wallet.release(payment);
  const rival = await wallet.sign(requirements(payTo, { amount: '3000000' }));
  const { verify } = verifierOn(devnet);
  const request = requestFor(payment, price);
  expect((await verify(request, CACHED)).verdict.ok).toBe(true);
  devnet.ledger.submit(bytesOf(rival));
  devnet.ledger.forge();
  expect((await verify(request, CACHED)).verdict.ok).toBe(true);
  expect((await verify(request, FRESH)).verdict).toMatchObject({
    ok: false,
    error: {
      code: 'invalid_exact_cardano_payload_nonce_not_on_chain',
      message: expect.stringContaining(rival.transactionId),
    },
  });
});

test.each([
  ['an error', { kind: 'status', status: 500, when: 'before' }],
  ['a broken connection', { kind: 'drop-before' }],
  ['silence', { kind: 'hang', when: 'before' }],
] as const)('%s of the provider is a failed look-up, never a spent or missing input', async (_, fault) => {
  const request = payment2Ada();
  const { verify, chain } = verifierOn(devnet);
  await chain.facts.get();
  devnet.faults.add({ operation: OUTPUTS, probability: 1, ...fault });
  expect((await verify(request, FRESH)).verdict).toMatchObject({
    ok: false,
    error: { code: CHAIN_LOOKUP_FAILED },
  });
});

test('without protocol parameters no payment is judged, and the refusal says what failed', async () => {
  const request = payment2Ada();
  devnet.faults.add({ operation: '/epochs/*', probability: 1, kind: 'status', status: 503, when: 'before' });
  expect((await verifierOn(devnet).verify(request, FRESH)).verdict).toMatchObject({
    error: { code: CHAIN_LOOKUP_FAILED, message: expect.stringContaining('HTTP 503') },
  });
});

test('an input held by another payment in flight is refused, and both are named; before that the journal is asked again', async () => {
  const heldBy = 'd'.repeat(64);
  const asked: unknown[] = [];
  const { verdict } = await verifierOn(devnet).verify(payment2Ada(), {
    fresh: true,
    lookUpInFlight: async (network, transaction, inputs) => {
      asked.push({ network, transaction, inputs });
      return { reserved: { input: payment.nonce, heldBy } as never };
    },
  });
  const asking = { network: 'cardano:preview', transaction: payment.transactionId, inputs: payment.inputs };
  expect(asked).toStrictEqual([asking, asking]);
  expect(verdict).toMatchObject({
    error: {
      code: 'invalid_exact_cardano_payload_input_reserved',
      message: expect.stringContaining(heldBy),
    },
  });
});

test('a payment settled here is judged by its terms alone, long after its TTL, when its inputs are spent', async () => {
  const devnet = await devnetOf();
  const { wallet, payTo } = await payerOn(devnet);
  const price = requirements(payTo);
  const payment = await wallet.sign(price);
  devnet.ledger.submit(bytesOf(payment));
  devnet.ledger.forge();
  // The payer read its inputs before it signed.
  devnet.requests.clear();
  const { verify } = verifierOn(devnet, () => payment.validToMs + 3_600_000);
  const settlement = { payer: wallet.address, txHash: payment.transactionId } as unknown as Settlement;
  const inFlight = { fresh: true, lookUpInFlight: async () => ({ settlement }) };

  const good = await verify(requestFor(payment, price), inFlight);
  expect(good).toMatchObject({ settlement, verdict: { ok: true, value: { payer: wallet.address } } });
  const dearer = await verify(requestFor(payment, requirements(payTo, { amount: '2000001' })), inFlight);
  expect(dearer).toMatchObject({
    settlement,
    verdict: { error: { code: 'invalid_exact_cardano_payload_amount_insufficient' } },
  });
  expect(calls(devnet, OUTPUTS)).toBe(0);
});

test('errors of the journal are passed on: the caller decides whether to continue without it', async () => {
  const request = payment2Ada();
  const lookUpInFlight = () => Promise.reject(new Error('the journal is away'));
  await expect(verifierOn(devnet).verify(request, { fresh: true, lookUpInFlight })).rejects.toThrow(
    'the journal is away',
  );
});

test('a payment on another network than the verifier’s own is never judged by the wrong chain', async () => {
  const { chain } = verifierOn(devnet);
  const verify = createVerifier({
    network: 'cardano:preprod',
    schemes: SUPPORTED_SCHEMES,
    chain,
    policy: POLICY,
    clock: Date.now,
  });
  await expect(verify(payment2Ada(), FRESH)).rejects.toThrow(
    'expected a payment on cardano:preprod, found one on cardano:preview',
  );
});
