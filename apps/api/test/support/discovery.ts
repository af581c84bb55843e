import type { PaymentRequest } from '@x402-facilitator/cardano';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { type Harness, startHarness, transactionIn } from './harness.js';
import { post, send } from './requests.js';
import type { RunningApi } from './start-api.js';

const CONFIRMED = ['submitting', 'submitted', 'included', 'confirmed'] as const;
export const GOOD = {
  info: { input: { type: 'http', method: 'GET', queryParams: { city: 'Bern' } }, output: { type: 'json' } },
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      input: {
        type: 'object',
        properties: { type: { const: 'http' }, method: { enum: ['GET'] }, queryParams: { type: 'object' } },
        required: ['type', 'method'],
      },
    },
    required: ['input'],
  },
};

export type Resource = Readonly<Record<string, unknown>> & { readonly url: string };

const outcomeIn = (headers: Headers): unknown => {
  const text = headers.get('extension-responses');
  return text === null ? undefined : JSON.parse(Buffer.from(text, 'base64').toString()).bazaar;
};

/** Two replicas with discovery on one Redis. Call it once in a file, outside of its tests. */
export function useDiscovery() {
  let harness: Harness;
  let api: RunningApi;
  let replica: RunningApi;

  beforeAll(async () => {
    harness = await startHarness();
    const env = { X402_DISCOVERY__ENABLED: 'true', X402_DISCOVERY__MAX_RESOURCE_BYTES: '4096' };
    api = await harness.startApi(env);
    replica = await harness.startApi(env);
  });

  afterAll(() => harness.close());

  async function order(resource: Resource, bazaar: unknown): Promise<PaymentRequest> {
    const request = await harness.pay();
    const extensions = bazaar === undefined ? undefined : { bazaar };
    return {
      ...request,
      paymentPayload: { ...request.paymentPayload, resource, extensions },
    } as PaymentRequest;
  }

  /** Settles a payment, and returns what the resource server reads of it. */
  async function settle(resource: Resource, bazaar: unknown, at: RunningApi = api) {
    const request = await order(resource, bazaar);
    const verified = await post(`${at.url}/verify`, request);
    expect(verified.body).toMatchObject({ isValid: true });
    const accepted = await post(`${at.url}/settle`, request, { prefer: 'respond-async' });
    expect(accepted.status).toBe(202);
    const transaction = transactionIn(accepted.body);
    await harness.advance(transaction, ...CONFIRMED);
    const settled = await post(`${at.url}/settle`, request);
    expect(settled.body).toMatchObject({ success: true });
    return {
      request,
      transaction,
      verified: outcomeIn(verified.headers),
      accepted: outcomeIn(accepted.headers),
      settled: outcomeIn(settled.headers),
    };
  }

  const read = (path: string, at: RunningApi = api) => send(`${at.url}${path}`);
  const listOf = async (query = '', at: RunningApi = api) =>
    ((await read(`/discovery/resources?limit=100&${query}`, at)).body.items as { resource: string }[]) ?? [];
  const statusOf = async (url: string, at: RunningApi = api) =>
    (await read(`/discovery/status?resource=${encodeURIComponent(url)}`, at)).body;
  const isListed = (url: string, at: RunningApi = api) =>
    vi.waitFor(async () => expect((await statusOf(url, at)).status).toBe('listed'), { timeout: 60_000 });

  return {
    harness: () => harness,
    replica: () => replica,
    settle,
    read,
    listOf,
    statusOf,
    isListed,
  };
}
