import { randomUUID } from 'node:crypto';
import type { TxHash } from '@x402-facilitator/cardano';
import { startDevnet } from '@x402-facilitator/devnet';
import { createRedisJournal } from '@x402-facilitator/journal';
import { changeTo, startReplicated } from '@x402-facilitator/journal/testing';
import { expect, onTestFinished, test } from 'vitest';
import { paymentsOn } from './support/devnet-payments.js';
import { inBlockOf, transactionIn } from './support/harness.js';
import { post, send } from './support/requests.js';
import { startApi } from './support/start-api.js';

test('/settle acknowledges nothing that a replica does not have: 503 in time, joined and delivered once afterwards', async () => {
  const { nodes, close } = await startReplicated(1);
  onTestFinished(close);
  const [primary, replica] = nodes;
  if (primary === undefined || replica === undefined) throw new Error('expected two nodes');
  const devnet = await startDevnet({ blockMs: 0 });
  onTestFinished(() => devnet.close());
  const api = await startApi(
    { redisUrl: primary.url, chainUrl: devnet.url },
    { X402_CHAIN__REDIS__DURABILITY__REPLICAS: '1', X402_CHAIN__REDIS__DURABILITY__TIMEOUT_MS: '500' },
  );
  onTestFinished(api.close);
  const pay = paymentsOn(devnet);
  const makePayment = async () => {
    const request = await pay();
    const resource = { url: `https://shop.example/${randomUUID()}` };
    return { ...request, paymentPayload: { ...request.paymentPayload, resource } };
  };
  const settle = (request: object) => post(`${api.url}/settle`, request, { prefer: 'respond-async' });
  const redisHealth = async () => {
    const { body } = await send(`${api.url}/health`);
    return (body.dependencies as { redis: object }).redis;
  };
  const journal = createRedisJournal({ redis: primary.redis });
  const confirm = async (txHash: TxHash) => {
    for (const state of ['submitting', 'submitted', 'included', 'confirmed'] as const)
      await journal.transition(inBlockOf(devnet, changeTo(state, { txHash })));
  };

  // The connections that wait for replicas are ready when a claim is acknowledged.
  const warm = await makePayment();
  await expect.poll(async () => (await settle(warm)).status).toBe(202);
  await expect.poll(redisHealth).toMatchObject({ status: 'up' });

  const request = await makePayment();
  await replica.stop();
  const startedMs = performance.now();
  const refused = await settle(request);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  const txHash = transactionIn(refused.body);
  expect(refused).toMatchObject({
    status: 503,
    body: {
      success: false,
      errorReason: 'settlement_not_replicated',
      errorMessage:
        'the settlement is recorded, but 0 of 1 replicas acknowledged it within 500 ms, and a fail-over could lose it: make the same call again, never a new payment',
      extra: { status: 'pending', transactionId: txHash, retryable: true },
    },
  });
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(refused.headers.get('location')).toBe(`/status/${txHash}`);
  expect((await send(`${api.url}/status/${txHash}`)).body.state).toBe('queued');
  // Joined is not acknowledged either, under a name or without one.
  expect(await settle(request)).toMatchObject({ status: 503, body: { transaction: txHash } });
  const again = await post(`${api.url}/settle`, request, { 'idempotency-key': 'order-1' });
  expect(again).toMatchObject({ status: 503, body: { errorReason: 'settlement_not_replicated' } });

  replica.signal('SIGCONT');
  await expect
    .poll(async () => (await settle(request)).body)
    .toMatchObject({ errorReason: 'settlement_pending', transaction: txHash });

  await confirm(txHash);
  await replica.stop();
  expect(await settle(request)).toMatchObject({
    status: 503,
    body: { success: false, errorReason: 'settlement_not_replicated', transaction: txHash },
  });
  replica.signal('SIGCONT');
  await expect
    .poll(async () => (await settle(request)).body)
    .toMatchObject({ success: true, transaction: txHash });
  expect((await settle(request)).body).toMatchObject({ errorReason: 'duplicate_settlement' });

  replica.signal('SIGKILL');
  await expect.poll(redisHealth).toMatchObject({
    status: 'down',
    message: 'nothing can be accepted: 0 of the 1 replicas that must acknowledge it follow Redis',
  });
});
