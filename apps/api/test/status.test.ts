import { type PaymentRequest, parseTxHash } from '@x402-facilitator/cardano';
import { MERCHANT, PAYER } from '@x402-facilitator/cardano/testing';
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

async function accepted() {
  const request: PaymentRequest = await harness.pay();
  const { body } = await post(`${api.url}/settle`, request, { prefer: 'respond-async' });
  return transactionIn(body);
}

const status = (transaction: string, query = '') => send(`${api.url}/status/${transaction}${query}`);

describe('GET /status/:transaction', () => {
  test('shows a settlement that was just accepted, and says when to ask again', async () => {
    const transaction = await accepted();
    const answer = await status(transaction);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({
      transaction,
      network: NETWORK,
      status: 'pending',
      state: 'queued',
      confirmations: null,
      required: 1,
      block: null,
      payer: PAYER.address(0),
      payTo: MERCHANT.address(0),
      asset: 'lovelace',
      amount: '2000000',
      attempts: 0,
      queuedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      submittedAt: null,
      settledAt: null,
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      errorReason: null,
      errorMessage: null,
      providerMessage: null,
    });
  });

  test('goes from pending to confirmed, with the evidence', async () => {
    const transaction = await accepted();
    const seen = [];
    let slot: number | undefined;
    for (const state of ['submitting', 'submitted', 'included', 'confirmed'] as const) {
      slot = (await harness.advance(transaction, state)).block?.slot;
      const { body, headers } = await status(transaction);
      seen.push([body.state, body.status, body.confirmations, headers.get('retry-after')]);
    }
    expect(seen).toEqual([
      ['submitting', 'pending', null, '5'],
      ['submitted', 'pending', null, '5'],
      ['included', 'pending', 0, '5'],
      ['confirmed', 'confirmed', 1, null],
    ]);
    const { body } = await status(transaction);
    expect(body.block).toEqual({ hash: 'b1'.repeat(32), height: 100, slot });
    expect(slot).toEqual(expect.any(Number));
    expect(body.settledAt).toEqual(expect.any(String));
  });

  test('says why a payment failed', async () => {
    const transaction = await accepted();
    await harness.advance(transaction, 'submitting', 'failed');
    expect((await status(transaction)).body).toMatchObject({
      status: 'failed',
      state: 'failed',
      errorReason: 'exact_cardano_settlement_definitively_rejected',
      errorMessage: 'the node refused it',
    });
  });

  test('is 404 in the same shape for a transaction without a settlement', async () => {
    const transaction = 'ab'.repeat(32);
    const answer = await status(transaction.toUpperCase());
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ transaction, network: NETWORK, status: 'not_found', state: null });
  });
});

describe('?wait=SECONDS', () => {
  test('answers with the next change', async () => {
    const transaction = await accepted();
    const waiting = status(transaction, '?wait=30');
    // This request came after the first on the same server and is answered, so the first one waits by now.
    await status(transaction);
    await harness.advance(transaction, 'submitting');
    expect((await waiting).body.state).toBe('submitting');
  });

  test('answers unchanged when nothing changes in time, and at once when nothing can change', async () => {
    const transaction = await accepted();
    const startedAt = performance.now();
    expect((await status(transaction, '?wait=1')).body.state).toBe('queued');
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    await harness.advance(transaction, 'submitting', 'failed');
    const endedAt = performance.now();
    expect((await status(transaction, '?wait=30')).body.state).toBe('failed');
    expect(performance.now() - endedAt).toBeLessThan(5_000);
  });

  test('that is not a number is 400', async () => {
    const answer = await status('ab'.repeat(32), '?wait=soon');
    expect(answer.status).toBe(400);
    expect(answer.body.message).toBe('wait: expected a whole number of seconds');
  });
});

describe('POST /status', () => {
  test('answers like GET, and looks only where the requirements say', async () => {
    const transaction = await accepted();
    const get = (await status(transaction)).body;
    const ask = (network?: string) =>
      post(`${api.url}/status`, {
        transaction,
        ...(network === undefined ? {} : { paymentRequirements: { network, scheme: 'exact' } }),
      });
    expect((await ask()).body).toEqual(get);
    expect((await ask('cip34:0-2')).body).toEqual(get);
    const elsewhere = await ask('cardano:mainnet');
    expect(elsewhere.status).toBe(400);
    expect(elsewhere.body.message).toBe(
      'paymentRequirements.network: expected cardano:preview, found another network',
    );
  });
});

describe('GET /status/:transaction/events', () => {
  type Event = { readonly id: number; readonly state: unknown };

  /** Reads a stream to its end. */
  async function readEvents(response: Response): Promise<Event[]> {
    const text = await response.text();
    return text
      .split('\n\n')
      .filter((block) => block.startsWith('id: '))
      .map((block) => {
        const [id = '', name, data = ''] = block.split('\n');
        expect(name).toBe('event: status');
        return { id: Number(id.slice(4)), state: JSON.parse(data.slice(6)).state };
      });
  }

  const open = (transaction: string, headers: Record<string, string> = {}) =>
    fetch(`${api.url}/status/${transaction}/events`, { headers });

  test('sends each change until the settlement has ended, then ends', async () => {
    const transaction = await accepted();
    const response = await open(transaction);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const reading = readEvents(response);
    await harness.advance(transaction, 'submitting', 'submitted', 'included', 'confirmed');
    const events = await reading;
    expect(events.at(0)?.state).toBe('queued');
    expect(events.at(-1)?.state).toBe('confirmed');
    const ids = events.map((event) => event.id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('does not repeat events, and tells a browser to stop once it has them all', async () => {
    const transaction = await accepted();
    const { revision } = await harness.advance(transaction, 'submitting', 'submitted');
    const response = await open(transaction, { 'last-event-id': String(revision) });
    const reading = readEvents(response);
    const last = await harness.advance(transaction, 'included', 'confirmed');
    const events = await reading;
    expect(events.every((event) => event.id > revision)).toBe(true);
    expect(events.at(-1)?.id).toBe(last.revision);
    expect((await open(transaction, { 'last-event-id': String(last.revision) })).status).toBe(204);
  });

  test('is 404 without a settlement, and 400 for an invalid event id', async () => {
    const unknown = parseTxHash('ab'.repeat(32)) ?? '';
    expect((await open(unknown)).status).toBe(404);
    expect((await open(unknown, { 'last-event-id': 'x' })).status).toBe(400);
  });

  test('a stop ends open streams', async () => {
    const stopping = await harness.startApi();
    const transaction = await accepted();
    const response = await fetch(`${stopping.url}/status/${transaction}/events`);
    const reading = readEvents(response);
    await stopping.close();
    expect((await reading).map((event) => event.state)).toEqual(['queued']);
  });
});
