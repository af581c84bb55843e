import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import { expect, it, onTestFinished } from 'vitest';
import { CardanoFacilitatorClient, FacilitatorUnavailableError } from '../../src/index.js';
import { runAttempt, txHashOf } from '../../src/payment/index.js';
import type { Fault } from '../support/fault-proxy.js';
import { NOWHERE, requirementsOf, signPayments, useProxy, useWorld } from '../support/world.js';

const world = useWorld();

const clientOf = (options: Partial<ConstructorParameters<typeof CardanoFacilitatorClient>[0]> = {}) =>
  new CardanoFacilitatorClient({
    url: world.proxy().url,
    settleWithinMs: 60_000,
    verifyWithinMs: 60_000,
    ...options,
  });

async function payment(): Promise<{
  payload: PaymentPayload;
  requirements: PaymentRequirements;
  txHash: string;
}> {
  const requirements = requirementsOf(world.stack());
  const [payload] = await signPayments(world.stack(), requirements);
  if (payload === undefined) throw new Error('expected a payment');
  return { payload, requirements, txHash: txHashOf(payload) ?? '' };
}

const settles = () => world.proxy().seen.filter(({ path }) => path === '/settle');

/** The first request to `/settle` meets the fault, every later one passes. */
const once = (fault: Fault) => (path: string, nth: number) =>
  path === '/settle' && nth === 0 ? fault : ({ kind: 'pass' } as const);

it.each<Fault>([
  { kind: 'cut', at: 0 },
  { kind: 'cut', at: 40 },
  { kind: 'drop' },
  { kind: 'status', status: 502 },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 504 },
  { kind: 'status', status: 429, retryAfter: '0' },
  { kind: 'mask', status: 502 },
  { kind: 'mask', status: 504 },
  { kind: 'mask', status: 200 },
  { kind: 'twice' },
])('a settlement that meets %o ends as a success, is sent once, and has one key', async (fault) => {
  const { payload, requirements, txHash } = await payment();
  world.proxy().plan(once(fault));
  const outcome = await clientOf().settle(payload, requirements);
  expect(outcome).toMatchObject({ success: true, transaction: txHash, network: requirements.network });
  expect(await world.stack().control.submission(txHash)).toMatchObject({ submitted: 1, onChain: true });
  expect(settles().length).toBe(fault.kind === 'twice' ? 1 : 2);
  expect(new Set(settles().map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
});

it('an answer that is cut at any byte is asked for again, and is the same success', async () => {
  const { payload, requirements, txHash } = await payment();
  world.proxy().plan(() => ({ kind: 'pass' }));
  const attempt = { idempotencyKey: `key-${txHash}`, isPrivate: true, target: '/report' };
  const client = clientOf();
  const settle = () => runAttempt(attempt, () => client.settle(payload, requirements));
  const first = await settle();
  expect(first.success).toBe(true);
  const length = world.proxy().answerBytes();
  expect(length).toBeGreaterThan(500);
  const AT_ONCE = 50;
  for (let begin = 0; begin < length; begin += AT_ONCE) {
    const cuts = Array.from({ length: Math.min(AT_ONCE, length - begin) }, (_, index) => begin + index);
    world.proxy().plan((_, nth) => {
      const at = cuts[nth];
      return at === undefined ? { kind: 'pass' } : { kind: 'cut', at };
    });
    const outcomes = await Promise.all(cuts.map(settle));
    for (const outcome of outcomes) expect(outcome).toEqual(first);
  }
  expect(await world.stack().control.submission(txHash)).toMatchObject({ submitted: 1 });
});

it.each([
  ['all', undefined],
  ['the last', 10],
])('an answer, %s of whose bytes take longer than the time-out, is asked for again', async (_, lastBytes) => {
  const { payload, requirements, txHash } = await payment();
  const client = clientOf({ settleWithinMs: 10_000, timeoutMs: 300 });
  world.proxy().plan(once({ kind: 'late', ms: 60_000, ...(lastBytes === undefined ? {} : { lastBytes }) }));
  expect(await client.settle(payload, requirements)).toMatchObject({ success: true, transaction: txHash });
  expect(settles().length).toBe(2);
});

it('a payment that is pending is asked for until it is confirmed, when the facilitator said to', async () => {
  const requirements = requirementsOf(world.stack(), { confirmationPolicy: { l1Confirmations: 3 } });
  const [payload] = await signPayments(world.stack(), requirements);
  if (payload === undefined) throw new Error('expected a payment');
  world.proxy().plan((path, nth) =>
    path === '/settle' && nth < 2
      ? {
          kind: 'status',
          status: 202,
          retryAfter: '1',
          body: JSON.stringify({
            success: false,
            errorReason: 'settlement_pending',
            transaction: txHashOf(payload),
            network: requirements.network,
          }),
        }
      : { kind: 'pass' },
  );
  expect(await clientOf().settle(payload, requirements)).toMatchObject({ success: true });
  const [first, second, third] = settles().map(({ atMs }) => atMs);
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1_000);
  expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(1_000);
});

it('an outcome that stays unknown is told as unknown, with its transaction, and learned by the next call', async () => {
  const { payload, requirements, txHash } = await payment();
  world.proxy().plan((path) => (path === '/settle' ? { kind: 'mask', status: 504 } : { kind: 'pass' }));
  const client = clientOf({ settleWithinMs: 1_500 });
  const attempt = { idempotencyKey: `key-${txHash}`, isPrivate: true, target: '/report' };
  const settle = () => runAttempt(attempt, () => client.settle(payload, requirements));
  expect(await settle()).toMatchObject({
    success: false,
    errorReason: 'settlement_unknown',
    errorMessage: expect.stringContaining('never pay anew'),
    transaction: txHash,
  });
  world.proxy().plan(() => ({ kind: 'drop' }));
  expect(await settle()).toMatchObject({ errorReason: 'settlement_unknown', transaction: txHash });
  world.proxy().plan(() => ({ kind: 'pass' }));
  expect(await settle()).toMatchObject({ success: true, transaction: txHash });
  expect(await world.stack().control.submission(txHash)).toMatchObject({ submitted: 1 });
});

it('a success that another process was told and lost is collected again by the same attempt only', async () => {
  const { payload, requirements, txHash } = await payment();
  world.proxy().plan(() => ({ kind: 'pass' }));
  const attempt = { idempotencyKey: `key-${txHash}`, isPrivate: true, target: '/report' };
  expect(await runAttempt(attempt, () => clientOf().settle(payload, requirements))).toMatchObject({
    success: true,
  });

  const restarted = clientOf();
  expect(await runAttempt(attempt, () => restarted.verify(payload, requirements))).toMatchObject({
    isValid: true,
  });
  expect(await runAttempt(attempt, () => restarted.settle(payload, requirements))).toMatchObject({
    success: true,
    transaction: txHash,
  });
  for (const other of [
    { idempotencyKey: 'another-purchase', isPrivate: true, target: '/report' },
    { idempotencyKey: `key-${txHash}`, isPrivate: false, target: '/report' },
  ])
    expect(await runAttempt(other, () => clientOf().verify(payload, requirements))).toMatchObject({
      isValid: false,
      invalidReason: 'duplicate_settlement',
    });
  expect(await clientOf().settle(payload, requirements)).toMatchObject({
    success: false,
    errorReason: 'duplicate_settlement',
  });
});

it('the next facilitator is asked when the first cannot be reached, and never for a payment that the first may have', async () => {
  const { payload, requirements, txHash } = await payment();
  const nowhere = { url: NOWHERE };
  world.proxy().plan(() => ({ kind: 'pass' }));
  const second = { url: world.proxy().url };
  const spare = clientOf({ facilitators: [nowhere, second] } as never);
  expect(await spare.verify(payload, requirements)).toMatchObject({ isValid: true });
  expect(await spare.settle(payload, requirements)).toMatchObject({ success: true, transaction: txHash });

  const other = await payment();
  const lossy = await useProxy(world.stack().apis[0]?.url ?? '');
  lossy.plan((path) => (path === '/settle' ? { kind: 'mask', status: 502 } : { kind: 'pass' }));
  world.proxy().plan(() => ({ kind: 'pass' }));
  const client = new CardanoFacilitatorClient({
    facilitators: [{ url: lossy.url }, second],
    settleWithinMs: 1_500,
  });
  expect(await client.settle(other.payload, other.requirements)).toMatchObject({
    errorReason: 'settlement_unknown',
    transaction: other.txHash,
  });
  expect(settles()).toEqual([]);
});

it('a refusal by a facilitator that does not have the payment gives way to the one that has it', async () => {
  const { payload, requirements, txHash } = await payment();
  world.proxy().plan(() => ({ kind: 'pass' }));
  const attempt = { idempotencyKey: `key-${txHash}`, isPrivate: true, target: '/report' };
  await runAttempt(attempt, () => clientOf().settle(payload, requirements));
  const empty = await useProxy(world.stack().apis[0]?.url ?? '');
  const refusal = {
    isValid: false,
    invalidReason: 'inputs_spent',
    success: false,
    errorReason: 'inputs_spent',
    transaction: '',
    network: requirements.network,
  };
  empty.plan(() => ({ kind: 'status', status: 200, body: JSON.stringify(refusal) }));
  const client = () =>
    new CardanoFacilitatorClient({ facilitators: [{ url: empty.url }, { url: world.proxy().url }] });
  expect(await runAttempt(attempt, () => client().verify(payload, requirements))).toMatchObject({
    isValid: true,
  });
  expect(await runAttempt(attempt, () => client().settle(payload, requirements))).toMatchObject({
    success: true,
  });
});

it.each([
  'invalid_exact_cardano_payload_nonce_not_on_chain',
  'invalid_exact_cardano_payload_input_not_available',
  'invalid_exact_cardano_payload_ttl_expired',
  'duplicate_settlement',
  'their_own_nonce_spent',
])(
  'after a lost answer, %s of a facilitator without /status is no failure: it may be the echo of the success',
  async (reason) => {
    const { payload, requirements, txHash } = await payment();
    const refusal = { success: false, errorReason: reason, transaction: '', network: requirements.network };
    const body = JSON.stringify(refusal);
    world
      .proxy()
      .plan((path, nth) =>
        path === '/settle' && nth === 0 ? { kind: 'cut', at: 40 } : { kind: 'status', status: 200, body },
      );
    expect(await clientOf().settle(payload, requirements)).toMatchObject({
      success: false,
      errorReason: 'settlement_unknown',
      errorMessage: expect.stringContaining(reason),
      transaction: txHash,
    });
  },
);

it('after a lost answer, what only the bytes decide stays a refusal; what landed before the claim never is one', async () => {
  const { payload, requirements } = await payment();
  const outcomeOf = (errorReason: string, isLost: boolean) => {
    const body = JSON.stringify({
      success: false,
      errorReason,
      transaction: '',
      network: requirements.network,
    });
    world
      .proxy()
      .plan((path, nth) =>
        isLost && path === '/settle' && nth === 0 ? { kind: 'drop' } : { kind: 'status', status: 200, body },
      );
    return clientOf().settle(payload, requirements);
  };
  const amount = 'invalid_exact_cardano_payload_amount_insufficient';
  expect(await outcomeOf(amount, true)).toMatchObject({ success: false, errorReason: amount });
  const settled = 'exact_cardano_settlement_settled_before_claim';
  expect(await outcomeOf(settled, false)).toMatchObject({ errorReason: 'settlement_unknown' });
});

it('the success of another transaction is not believed', async () => {
  const { payload, requirements, txHash } = await payment();
  const lie = { success: true, transaction: 'ab'.repeat(32), network: requirements.network };
  world.proxy().plan(() => ({ kind: 'status', status: 200, body: JSON.stringify(lie) }));
  expect(await clientOf({ settleWithinMs: 500 }).settle(payload, requirements)).toMatchObject({
    success: false,
    errorReason: 'settlement_unknown',
    transaction: txHash,
  });
});

it('a refusal is told as it is, once', async () => {
  const { payload, requirements } = await payment();
  world.proxy().plan(() => ({ kind: 'pass' }));
  const dearer = { ...requirements, amount: '3000000' };
  expect(await clientOf().settle({ ...payload, accepted: dearer }, dearer)).toMatchObject({
    success: false,
    errorReason: 'invalid_exact_cardano_payload_amount_insufficient',
  });
  expect(settles().length).toBe(1);
});

it('verify is asked again after faults, judges the same call once, and says so when no one answers', async () => {
  const { payload, requirements } = await payment();
  const faults: Fault[] = [
    { kind: 'drop' },
    { kind: 'cut', at: 90 },
    { kind: 'status', status: 503, retryAfter: '0' },
  ];
  world.proxy().plan((_, nth) => faults[nth] ?? { kind: 'pass' });
  const client = clientOf();
  const verdicts = await Promise.all([1, 2, 3].map(() => client.verify(payload, requirements)));
  expect(verdicts.map(({ isValid }) => isValid)).toEqual([true, true, true]);
  expect(world.proxy().seen.length).toBe(faults.length + 1);

  world.proxy().plan(() => ({ kind: 'drop' }));
  const impatient = clientOf({ verifyWithinMs: 700 });
  await expect(impatient.verify(payload, requirements)).rejects.toThrow(FacilitatorUnavailableError);
  await expect(impatient.getSupported()).rejects.toThrow(FacilitatorUnavailableError);

  // Told to come back when no time is left, it says so at once.
  world.proxy().plan(() => ({ kind: 'status', status: 429, retryAfter: '61' }));
  const started = Date.now();
  await expect(clientOf().verify(payload, requirements)).rejects.toThrow('429');
  expect(Date.now() - started).toBeLessThan(30_000);
  expect(world.proxy().seen.length).toBe(1);
});

it.each([undefined, '', 'facilitator.example', 'ftp://facilitator.example'])(
  'an address that is not one of the web, such as that of an unset variable, is told at once: %s',
  (url) => {
    expect(() => Reflect.construct(CardanoFacilitatorClient, [{ url }])).toThrow(
      `expected an http or https URL of a facilitator, found ${url}`,
    );
  },
);

it('a settlement that no facilitator can have is not unknown but unavailable', async () => {
  const { payload, requirements } = await payment();
  const client = new CardanoFacilitatorClient({ url: NOWHERE, settleWithinMs: 500 });
  await expect(client.settle(payload, requirements)).rejects.toThrow(FacilitatorUnavailableError);
  world.proxy().plan(() => ({ kind: 'status', status: 401, body: '{"error":"unauthorized"}' }));
  const started = Date.now();
  await expect(clientOf().settle(payload, requirements)).rejects.toThrow('401');
  expect(Date.now() - started).toBeLessThan(5_000);
  // Nothing was claimed, and the same payment may be settled later: that is no failure of the payment.
  const paused = {
    success: false,
    errorReason: 'paused',
    errorMessage: 'new settlements are paused by the operator',
    transaction: '',
    network: requirements.network,
    extra: { retryable: true },
  };
  world.proxy().plan(() => ({ kind: 'status', status: 503, body: JSON.stringify(paused) }));
  await expect(clientOf({ settleWithinMs: 500 }).settle(payload, requirements)).rejects.toThrow(
    'new settlements are paused by the operator',
  );
});

it.each([
  [
    'sends elsewhere',
    (response: ServerResponse, other: string) => response.writeHead(307, { location: other }).end(),
  ],
  [
    'answers a byte at a time',
    (response: ServerResponse) => {
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    },
  ],
  [
    'answers without end',
    (response: ServerResponse) => {
      const more = () => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    },
  ],
] as const)('a facilitator that %s gives no verdict, and its key goes nowhere else', async (_, answer) => {
  const { payload, requirements } = await payment();
  const elsewhere = await useProxy(NOWHERE);
  const server = createServer((_request, response) => void answer(response, `${elsewhere.url}/verify`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = clientOf({
    url,
    apiKey: 'secret',
    timeoutMs: 300,
    verifyWithinMs: 600,
    settleWithinMs: 600,
  });
  await expect(client.verify(payload, requirements)).rejects.toThrow(FacilitatorUnavailableError);
  expect(await client.settle(payload, requirements)).toMatchObject({ errorReason: 'settlement_unknown' });
  expect(elsewhere.seen).toEqual([]);
});

it('what is supported is asked for once', async () => {
  world.proxy().plan((_, nth) => (nth === 0 ? { kind: 'cut', at: 60 } : { kind: 'pass' }));
  const client = clientOf();
  const answers = [await client.getSupported(), await client.getSupported()];
  expect(answers[0]?.kinds[0]).toMatchObject({ scheme: 'exact', network: 'cardano:preview' });
  expect(answers[1]).toEqual(answers[0]);
  expect(world.proxy().seen.length).toBe(2);
});

it('the receipt of a settlement is read and checked', async () => {
  const { payload, requirements, txHash } = await payment();
  world.proxy().plan(() => ({ kind: 'pass' }));
  const client = clientOf();
  expect(await client.settle(payload, requirements)).toMatchObject({ success: true });
  await expect
    .poll(() => client.readReceipt(txHash))
    .toMatchObject({ ok: true, value: { receipt: { transaction: txHash, payTo: requirements.payTo } } });
  expect(await client.readReceipt('00'.repeat(32))).toMatchObject({ ok: false });
  const reply = await fetch(`${world.stack().apis[0]?.url}/status/${txHash}/receipt`);
  const body = await reply.text();
  world.proxy().plan(() => ({ kind: 'status', status: 200, body }));
  expect(await client.readReceipt(txHash)).toMatchObject({ ok: true });
  expect(await client.readReceipt('00'.repeat(32))).toMatchObject({
    ok: false,
    error: expect.stringContaining(`the receipt of ${txHash}`),
  });
});
