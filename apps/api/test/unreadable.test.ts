import { type PaymentRequest, parseOutRef, type TxHash } from '@x402-facilitator/cardano';
import { bytesAt, DAMAGES, recordKey } from '@x402-facilitator/journal/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

/** Another good payment that spends the same money. */
function rivalOf(request: PaymentRequest): Promise<PaymentRequest> {
  const nonce = String(request.paymentPayload.payload.nonce);
  const outRef = parseOutRef(nonce);
  if (outRef === undefined) throw new Error(`expected txHash#index, found ${nonce}`);
  return harness.pay({
    nonce: () => nonce,
    transaction: ({ spec }) => ({ ...spec, inputs: [outRef], ttl: Number(spec.ttl) - 100 }),
  });
}

describe.each(DAMAGES)('a settlement whose record is %s', (_name, damage) => {
  test('is 503 settlement_unreadable everywhere, without a verdict or a second claim, and stays as it is', async () => {
    const request = await harness.pay();
    const accepted = await post(`${api.url}/settle`, request, { prefer: 'respond-async' });
    const txHash = transactionIn(accepted.body);
    const key = recordKey(txHash);
    await damage(harness.redis, key);
    const before = await bytesAt(harness.redis, key);
    const sentence = expect.stringMatching(
      new RegExp(
        `^the record of transaction ${txHash} on cardano:preview cannot be read here: .* ask again later$`,
      ),
    );

    for (const path of [
      `/status/${txHash}`,
      `/status/${txHash}?wait=1`,
      `/status/${txHash}/events`,
      `/status/${txHash}/receipt`,
    ]) {
      const answer = await send(api.url + path);
      expect([answer.status, answer.headers.get('retry-after')], path).toEqual([503, '30']);
      expect(answer.body, path).toEqual({ error: 'settlement_unreadable', message: sentence });
    }
    const page = await fetch(`${api.url}/status/${txHash}`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(503);
    expect(await page.text()).toContain('cannot be read here');

    for (const prefer of ['respond-async', 'wait=1']) {
      const settled = await post(`${api.url}/settle`, request, { prefer });
      expect([settled.status, settled.headers.get('retry-after')]).toEqual([503, '30']);
      expect(settled.body).toMatchObject({
        success: false,
        errorReason: 'settlement_unreadable',
        errorMessage: sentence,
        extra: { retryable: true },
      });
    }
    const verified = await post(`${api.url}/verify`, request);
    expect(verified.body).toMatchObject({
      isValid: false,
      invalidReason: 'settlement_unreadable',
      invalidMessage: sentence,
      extra: { retryable: true },
    });
    const rival = await rivalOf(request);
    expect((await post(`${api.url}/verify`, rival)).body).toMatchObject({
      isValid: false,
      invalidReason: 'invalid_exact_cardano_payload_input_reserved',
    });
    expect((await send(`${api.url}/stats`)).status).toBe(200);
    expect(await bytesAt(harness.redis, key)).toBe(before);
  });
});

test('a record that is damaged while a caller waits never becomes a success', async () => {
  const request = await harness.pay();
  const before = await harness.journal.pending(NETWORK);
  const waiting = post(`${api.url}/settle`, request, { prefer: 'wait=2' });
  let txHash: TxHash | undefined;
  await expect
    .poll(async () => {
      txHash = (await harness.journal.pending(NETWORK)).find((id) => !before.includes(id));
      return txHash;
    })
    .toBeDefined();
  if (txHash === undefined) throw new Error('expected a settlement');
  await harness.redis.hset(recordKey(txHash), { schemaVersion: '2', state: 'confirmed' });
  expect((await waiting).body).toMatchObject({ success: false });
});
