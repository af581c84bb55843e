import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PaymentRequest } from '@x402-facilitator/cardano';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Harness, startHarness, transactionIn } from './support/harness.js';
import { post } from './support/requests.js';
import { type RunningApi, startApi } from './support/start-api.js';

/** Passes questions on to a provider, and can keep the next answer about outputs back. */
async function startHoldingProvider(providerUrl: string) {
  let release = () => {};
  let held = Promise.resolve();
  let isHeld = () => {};
  const server = createServer(async (request, response) => {
    if (request.url?.endsWith('/utxos')) {
      isHeld();
      await held;
    }
    const answer = await fetch(new URL(`.${request.url}`, `${providerUrl}/`));
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** @returns resolves when an answer is kept back. */
    hold(): Promise<void> {
      held = new Promise((resolve) => {
        release = resolve;
      });
      return new Promise((resolve) => {
        isHeld = resolve;
      });
    },
    release: () => release(),
    close() {
      release();
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('a call that was begun before an identical one, and is still asking the chain when that one has settled', () => {
  let harness: Harness;
  let api: RunningApi;
  let provider: Awaited<ReturnType<typeof startHoldingProvider>>;
  let slow: RunningApi;

  beforeAll(async () => {
    harness = await startHarness();
    api = await harness.startApi();
    provider = await startHoldingProvider(harness.devnet.url);
    slow = await startApi({ redisUrl: harness.redisUrl, chainUrl: provider.url });
  });
  afterAll(async () => {
    provider.close();
    await slow.close();
    await harness.close();
  });

  /** Settles the payment to the end, while the call waits for the chain. */
  async function overtake(path: '/verify' | '/settle', request: PaymentRequest, begun: unknown = request) {
    const waiting = provider.hold();
    onTestFinished(() => provider.release());
    const answer = post(`${slow.url}${path}`, begun);
    await waiting;
    const accepted = await post(`${api.url}/settle`, request, { prefer: 'respond-async' });
    const transaction = transactionIn(accepted.body);
    harness.devnet.ledger.submit(Buffer.from(String(request.paymentPayload.payload.transaction), 'base64'));
    harness.devnet.ledger.forge();
    await harness.advance(transaction, 'submitting', 'submitted', 'included', 'confirmed');
    provider.release();
    return { transaction, answer: (await answer).body };
  }

  it('is given the success that is there, and not told that its nonce is spent', async () => {
    const { transaction, answer } = await overtake('/settle', await harness.pay());
    expect(answer).toMatchObject({ success: true, transaction });
  });

  it('is told at /verify that the payment is good', async () => {
    const { answer } = await overtake('/verify', await harness.pay());
    expect(answer).toMatchObject({ isValid: true });
  });

  it.each(['/verify', '/settle'] as const)('is not answered for another resource at %s', async (path) => {
    const request = await harness.pay();
    const resource = { url: 'https://other.example/' };
    const elsewhere = { ...request, paymentPayload: { ...request.paymentPayload, resource } };
    const { transaction, answer } = await overtake(path, request, elsewhere);
    expect(answer).toMatchObject(
      path === '/verify'
        ? { isValid: false, invalidReason: 'duplicate_settlement' }
        : { success: false, errorReason: 'duplicate_settlement', transaction },
    );
  });
});
