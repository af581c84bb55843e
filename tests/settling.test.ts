import { waitUntil } from '@x402-facilitator/tools/processes';
import { type FundedPayer, fundPayer } from '@x402-facilitator/tools/stack';
import { beforeAll, describe, expect, it } from 'vitest';
import { get, type Order, post, signPayment } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

/** Blocks come only when a test forges one, so that events between two blocks do not depend on timing. */
const stack = useStack({ blockMs: 0, apis: 2, paywall: false });

let payer: FundedPayer;
beforeAll(async () => {
  payer = await fundPayer(stack(), { tokens: 10_000n, outputs: 40 });
});

const api = (index = 0) => replica(stack().apis, index).url;
const sign = (order?: Order) => signPayment(stack(), payer, order);
const statusOf = async (transaction: string) => (await get(`${api()}/status/${transaction}`)).body;

async function stateReached(transaction: string, state: string) {
  return waitUntil(
    async () => {
      const status = await statusOf(transaction);
      return status.state === state && status;
    },
    { what: `${transaction} to be ${state}` },
  );
}

describe('Prefer: respond-async', () => {
  it('answers 202 while there is no block, and /status goes from pending to confirmed', async () => {
    const { transaction, request } = await sign({ confirmations: 1 });
    const tip = await stack().control.tip();
    const answer = await post(`${api()}/settle`, request, { prefer: 'respond-async' });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      success: false,
      errorReason: 'settlement_pending',
      transaction,
      network: 'cardano:preview',
      extra: { status: 'pending', transactionId: transaction },
    });
    expect(answer.body.extra).not.toHaveProperty('statusUrl');
    expect(answer.headers.get('location')).toBe(`/status/${transaction}`);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await stack().control.tip()).toEqual(tip);

    expect(await stateReached(transaction, 'submitted')).toMatchObject({ status: 'pending', block: null });
    await stack().control.forge();
    expect(await stateReached(transaction, 'included')).toMatchObject({
      status: 'pending',
      confirmations: 0,
    });
    await stack().control.forge();
    expect(await stateReached(transaction, 'confirmed')).toMatchObject({
      status: 'confirmed',
      confirmations: 1,
      required: 1,
      attempts: 1,
      block: { height: tip.height + 1 },
    });
  });

  it('then the same request gets the success, once', async () => {
    const { transaction, request } = await sign({ confirmations: 0 });
    await post(`${api()}/settle`, request, { prefer: 'respond-async' });
    await stateReached(transaction, 'submitted');
    await stack().control.forge();
    await stateReached(transaction, 'confirmed');
    expect((await post(`${api(1)}/settle`, request)).body).toMatchObject({
      success: true,
      transaction,
      extra: { status: 'confirmed' },
    });
    expect((await post(`${api()}/settle`, request)).body).toMatchObject({
      success: false,
      errorReason: 'duplicate_settlement',
    });
  });
});

describe('a waiting /settle', () => {
  it.each([0, 1, 3])('answers at depth %i and not before', async (confirmations) => {
    const { transaction, request } = await sign({ confirmations });
    let answered = false;
    const settling = post(`${api()}/settle`, request).finally(() => {
      answered = true;
    });
    await stateReached(transaction, 'submitted');
    for (let depth = 0; depth < confirmations; depth += 1) {
      await stack().control.forge();
      await waitUntil(async () => (await statusOf(transaction)).confirmations === depth, {
        what: `${transaction} to be ${depth} deep`,
      });
      expect(answered).toBe(false);
    }
    await stack().control.forge();
    expect((await settling).body).toMatchObject({
      success: true,
      transaction,
      extra: { status: 'confirmed', confirmations },
    });
  });

  it('on another replica gets the outcome too, and only one of two collects it', async () => {
    const { transaction, request } = await sign({ confirmations: 0 });
    const both = Promise.all([post(`${api(0)}/settle`, request), post(`${api(1)}/settle`, request)]);
    await stateReached(transaction, 'submitted');
    await stack().control.forge();
    const outcomes = (await both).map(({ body }) => body.errorReason ?? 'success');
    expect(outcomes.sort()).toEqual(['duplicate_settlement', 'success']);
    expect(await stack().control.submission(transaction)).toMatchObject({ submitted: 1 });
  });

  it('of an impatient caller ends with settlement_pending, and the settlement continues', async () => {
    const { transaction, request } = await sign({ confirmations: 0 });
    const answer = await post(`${api()}/settle`, request, { prefer: 'wait=1' });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
    await stack().control.forge();
    expect(await stateReached(transaction, 'confirmed')).toMatchObject({ status: 'confirmed' });
  });

  it('of a caller that hung up changes nothing about the settlement', async () => {
    const { transaction, request } = await sign({ confirmations: 0 });
    const caller = new AbortController();
    const settling = fetch(`${api()}/settle`, {
      method: 'POST',
      body: JSON.stringify(request),
      headers: { 'content-type': 'application/json' },
      signal: caller.signal,
    });
    await stateReached(transaction, 'submitted');
    caller.abort();
    await expect(settling).rejects.toThrow();
    await stack().control.forge();
    await stateReached(transaction, 'confirmed');
    expect((await post(`${api()}/settle`, request)).body).toMatchObject({ success: true, transaction });
  });
});

describe('GET /status with ?wait', () => {
  it('answers with the next change, on any replica', async () => {
    const { transaction, request } = await sign({ confirmations: 1 });
    await post(`${api()}/settle`, request, { prefer: 'respond-async' });
    await stateReached(transaction, 'submitted');
    const waiting = get(`${api(1)}/status/${transaction}?wait=20`);
    // This request came after the first to the same server and is answered, so the first one waits by now.
    await get(`${api(1)}/status/${transaction}`);
    await stack().control.forge();
    expect((await waiting).body).toMatchObject({ state: 'included', confirmations: 0 });
  });

  it('answers at once when nothing can change any more', async () => {
    const { transaction, request } = await sign({ confirmations: 0 });
    await post(`${api()}/settle`, request, { prefer: 'respond-async' });
    await stateReached(transaction, 'submitted');
    await stack().control.forge();
    await stateReached(transaction, 'confirmed');
    expect((await get(`${api()}/status/${transaction}?wait=30`)).body).toMatchObject({ status: 'confirmed' });
  });

  it('of an unknown transaction is 404 not_found', async () => {
    const { status, body } = await get(`${api()}/status/${'0'.repeat(64)}`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ status: 'not_found' });
  });

  it('is the same by POST', async () => {
    const { transaction, request } = await sign({ confirmations: 1 });
    await post(`${api()}/settle`, request, { prefer: 'respond-async' });
    await stateReached(transaction, 'submitted');
    const { status, body } = await post(`${api()}/status`, {
      transaction,
      paymentRequirements: request.paymentRequirements,
    });
    expect(status).toBe(200);
    expect(body).toEqual(await statusOf(transaction));
  });
});

describe('one transaction under another binding', () => {
  it('is a duplicate, for another resource as for other requirements', async () => {
    const { transaction, request } = await sign({ confirmations: 1 });
    await post(`${api()}/settle`, request, { prefer: 'respond-async' });
    const elsewhere = {
      ...request,
      paymentPayload: { ...request.paymentPayload, resource: { url: 'https://seller.example/other' } },
    };
    const cheaper = {
      ...request,
      paymentRequirements: { ...request.paymentRequirements, amount: '1999999' },
    };
    for (const other of [elsewhere, cheaper]) {
      expect((await post(`${api(1)}/settle`, other, { prefer: 'respond-async' })).body).toMatchObject({
        success: false,
        errorReason: 'duplicate_settlement',
      });
    }
    expect(await statusOf(transaction)).toMatchObject({ status: 'pending' });
  });
});
