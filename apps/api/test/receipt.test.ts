import { receiptText } from '@x402-facilitator/cardano';
import { MERCHANT, PAYER } from '@x402-facilitator/cardano/testing';
import { createReceiptStore, createWorkerPresence, MAX_RESOURCE_CHARACTERS } from '@x402-facilitator/journal';
import { present } from '@x402-facilitator/journal/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Harness, NETWORK, startHarness, transactionIn } from './support/harness.js';
import { post, send } from './support/requests.js';
import type { RunningApi } from './support/start-api.js';

let harness: Harness;
let api: RunningApi;

beforeAll(async () => {
  harness = await startHarness();
  api = await harness.startApi();
});

afterAll(() => harness.close());

async function accepted(resource?: string) {
  const request = await harness.pay();
  const paymentPayload = {
    ...request.paymentPayload,
    ...(resource === undefined ? {} : { resource: { url: resource } }),
  };
  const { body } = await post(
    `${api.url}/settle`,
    { ...request, paymentPayload },
    { prefer: 'respond-async' },
  );
  return transactionIn(body);
}

const receipt = (transaction: string) => send(`${api.url}/status/${transaction}/receipt`);

/** A receipt as a worker with a wallet stores it. */
const SIGNED = { format: 'cip8', signature: '84', key: 'a4', address: 'addr_test1wallet' } as const;

/** A confirmed settlement with a receipt that names `resource`. */
async function withReceipt(resource: string) {
  const transaction = await accepted(resource);
  const settlement = await harness.advance(transaction, 'submitting', 'submitted', 'included', 'confirmed');
  const { block } = settlement;
  if (block === undefined) throw new Error('expected a block');
  const said = {
    version: 1 as const,
    network: NETWORK,
    transaction,
    payer: PAYER.address(0),
    payTo: MERCHANT.address(0),
    asset: 'lovelace',
    amount: '2000000',
    resource: settlement.resource ?? null,
    block,
    confirmations: 1,
    settledAt: '2026-01-01T00:00:00.000Z',
  };
  const payload = receiptText(said);
  await createReceiptStore({ redis: harness.redis, network: NETWORK }).store(transaction, block.hash, {
    ...SIGNED,
    payload,
  });
  return { transaction, said, payload };
}

test('a receipt is returned as it was signed, with the parsed object of its text', async () => {
  const { transaction, said, payload } = await withReceipt('https://shop.example/thing');
  expect(said.resource).toBe('https://shop.example/thing');
  const answer = await receipt(transaction.toUpperCase());
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.body).toEqual({ ...SIGNED, payload, receipt: said });

  await harness.advance(transaction, 'submitted');
  expect(await receipt(transaction)).toMatchObject({ status: 409, body: { error: 'not_confirmed' } });
});

test.each(['https://shop.example/thing?mail=a@b.example', 'https://u:p@shop.example/', 'shop#a'])(
  'a receipt that was signed with all of %s is not shown unless the operator says so',
  async (resource) => {
    const { transaction, said } = await withReceipt(resource);
    expect(await receipt(transaction)).toMatchObject({ status: 403, body: { error: 'receipt_withheld' } });
    const open = await harness.startApi({ X402_SETTLE__RECEIPT_RESOURCE: 'url' });
    const shown = await send(`${open.url}/status/${transaction}/receipt`);
    expect(shown).toMatchObject({ status: 200, body: { receipt: said } });
    expect(said.resource).toBe(resource);
  },
);

test('nothing else that anyone may read says more of the resource', async () => {
  const transaction = await accepted('https://shop.example/thing?secret=LEAK');
  for (const accept of ['application/json', 'text/html']) {
    const answer = await fetch(`${api.url}/status/${transaction}`, { headers: { accept } });
    expect(await answer.text()).not.toContain('LEAK');
  }
});

test('a pending settlement has no receipt yet, and the answer says when to ask again', async () => {
  const transaction = await accepted();
  const answer = await receipt(transaction);
  expect(answer).toMatchObject({ status: 409, body: { error: 'not_confirmed' } });
  expect(answer.headers.get('retry-after')).toBe('5');
});

test('without a wallet there is no receipt; with one, it comes shortly', async () => {
  const transaction = await accepted();
  await harness.advance(transaction, 'submitting', 'submitted', 'included', 'confirmed');
  expect(await receipt(transaction)).toMatchObject({ status: 404, body: { error: 'no_receipt_signer' } });
  const presence = createWorkerPresence(harness.redis);
  const networks = [{ network: NETWORK, isFollower: true, walletAddress: 'addr_test1wallet' }] as const;
  await presence.announce({
    id: 'w',
    version: '0',
    startedAtMs: 0,
    atMs: Date.now(),
    networks: [...networks],
  });
  const answer = await receipt(transaction);
  expect(answer).toMatchObject({ status: 409, body: { error: 'receipt_pending' } });
  expect(answer.headers.get('retry-after')).toBe('1');
  await presence.leave('w');
});

test('a failed payment never gets one, and an unknown payment is 404', async () => {
  const transaction = await accepted();
  await harness.advance(transaction, 'submitting', 'failed');
  expect(await receipt(transaction)).toMatchObject({
    status: 410,
    body: {
      error: 'payment_failed',
      message: expect.stringContaining('exact_cardano_settlement_definitively_rejected'),
    },
  });
  expect(await receipt('ab'.repeat(32))).toMatchObject({ status: 404, body: { error: 'not_found' } });
  expect(await receipt('ab')).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
});

test('it is as public as the status', async () => {
  const closed = await harness.startApi({
    X402_SECURITY__PUBLIC_STATUS: 'false',
    X402_SECURITY__API_KEYS: JSON.stringify([{ name: 'shop', sha256: 'ab'.repeat(32) }]),
  });
  expect((await send(`${closed.url}/status/${'ab'.repeat(32)}/receipt`)).status).toBe(401);
});

test('an absurdly long URL is not recorded', async () => {
  const longest = `https://shop.example/${'x'.repeat(MAX_RESOURCE_CHARACTERS - 21)}`;
  const kept = await accepted(longest);
  expect(present(await harness.journal.read(NETWORK, kept)).resource).toBe(longest);
  const dropped = await accepted(`${longest}x`);
  expect(present(await harness.journal.read(NETWORK, dropped))).not.toHaveProperty('resource');
});
