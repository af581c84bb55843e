import { parseExposition, scrape } from '@x402-facilitator/shared/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildMetricsApp } from '../src/metrics-app.js';
import { type Harness, NETWORK, startHarness, transactionIn } from './support/harness.js';
import { post } from './support/requests.js';
import type { RunningApi } from './support/start-api.js';

let harness: Harness;
let api: RunningApi;

beforeAll(async () => {
  harness = await startHarness();
  api = await harness.startApi({ X402_RATE_LIMIT__GLOBAL: '3' });
});
afterAll(() => harness.close());

const network = { network: NETWORK };

test('series whose increase alerts watch begin at zero, so that the first event counts', async () => {
  const shown = await scrape(api.url);
  const good = { ...network, outcome: 'valid', reason: 'none' };
  for (const method of ['default', 'script', 'masumi'])
    expect(shown.value('payment_verifications_total', { ...good, method })).toBe(0);
  const timeouts = { operation: 'tip', outcome: 'timeout' };
  await expect.poll(async () => (await scrape(api.url)).value('rpc_errors_total', timeouts)).toBe(0);
});

test('a payment that is verified and settled moves the API’s metrics; only waiting requests have the label for waits', async () => {
  const request = await harness.pay();
  await post(`${api.url}/verify`, request);
  await post(`${api.url}/verify`, request);
  const waiting = post(`${api.url}/settle`, request);
  await expect.poll(() => harness.journal.pending(NETWORK)).toHaveLength(1);
  const accepted = await post(`${api.url}/settle`, request, { prefer: 'respond-async' });
  const id = transactionIn(accepted.body);
  await harness.advance(id, 'submitting', 'submitted', 'included', 'confirmed');
  expect((await waiting).body).toMatchObject({ success: true });
  await post(`${api.url}/verify`, { ...request, paymentPayload: { ...request.paymentPayload, payload: {} } });

  const shown = await scrape(api.url);
  const judged = { ...network, method: 'default' };
  expect(
    shown.value('payment_verifications_total', { ...judged, outcome: 'valid', reason: 'none' }),
  ).toBeGreaterThanOrEqual(3);
  expect(shown.value('payment_verifications_total', { ...judged, outcome: 'invalid' })).toBe(1);
  for (const stage of ['decode', 'rules', 'chain', 'ledger'])
    expect(shown.value('payment_verification_duration_seconds_count', { stage })).toBeGreaterThan(0);
  expect(shown.value('http_requests_total', { method: 'POST', route: '/verify', status: '200' })).toBe(3);
  expect(shown.value('http_requests_total', { route: '/settle', status: '202' })).toBe(1);
  expect(shown.value('http_requests_total', { route: '/settle:wait', status: '200' })).toBe(1);
  expect(shown.value('http_request_duration_seconds_count', { route: '/verify' })).toBe(3);
  expect(shown.value('rpc_requests_total', { operation: 'tip', outcome: 'ok' })).toBeGreaterThan(0);
  expect(shown.value('rpc_provider_up', { provider: 'blockfrost' })).toBe(1);
  expect(shown.value('cache_misses_total', { cache: 'outputs' })).toBeGreaterThan(0);
  expect(shown.value('cache_hits_total', { cache: 'outputs' })).toBeGreaterThan(0);
  expect(shown.value('x402_build_info', { tier: 'api', version: '0.0.0-test' })).toBe(1);
});

test('labels never hold a stranger’s text', async () => {
  const request = await harness.pay();
  const { paymentRequirements } = request;
  await post(`${api.url}/verify`, {
    ...request,
    paymentRequirements: {
      ...paymentRequirements,
      network: 'cardano:strange-network',
      extra: { assetTransferMethod: 'strange-method' },
    },
  });
  await fetch(`${api.url}/strange-path`);
  const text = await (await fetch(`${api.url}/metrics`)).text();
  expect(text).not.toContain('strange');
  const shown = parseExposition(text);
  expect(shown.value('payment_verifications_total', { network: 'other', method: 'other' })).toBe(1);
  expect(shown.value('http_requests_total', { route: 'unknown', status: '404' })).toBe(1);
});

test('a provider that fails shows as errors by provider and outcome, and as not up', async () => {
  harness.devnet.faults.add({ kind: 'status', status: 503, operation: '*', probability: 1, when: 'before' });
  try {
    await expect
      .poll(async () => {
        await post(`${api.url}/verify`, await harness.pay());
        return (await scrape(api.url)).value('rpc_provider_up', { provider: 'blockfrost' });
      })
      .toBe(0);
    const shown = await scrape(api.url);
    const operations = shown.labelValues('rpc_errors_total', 'operation');
    const failures = (outcome: string) =>
      operations.reduce(
        (sum, operation) => sum + (shown.value('rpc_errors_total', { operation, outcome }) ?? 0),
        0,
      );
    expect(failures('server_error')).toBeGreaterThan(0);
    expect(failures('timeout') + failures('connection_failed')).toBe(0);
    expect(shown.labelValues('rpc_errors_total', 'provider')).toEqual(['blockfrost']);
    const failed = { network: NETWORK, reason: 'exact_cardano_facilitator_chain_lookup_failed' };
    expect(shown.value('payment_verifications_total', failed)).toBeGreaterThan(0);
  } finally {
    harness.devnet.faults.clear();
  }
  await expect
    .poll(async () => {
      await post(`${api.url}/verify`, await harness.pay());
      return (await scrape(api.url)).value('rpc_provider_up', { provider: 'blockfrost' });
    })
    .toBe(1);
});

test('an answer with a 5xx status is a failed request, a refused payment is not', async () => {
  const nowhere = await harness.startApi({ X402_CHAIN__BLOCKFROST__URL: 'http://127.0.0.1:9/api/v0' });
  expect((await fetch(`${nowhere.url}/health`)).status).toBe(503);
  await post(`${nowhere.url}/verify`, await harness.pay());
  const shown = await scrape(nowhere.url);
  expect(shown.value('http_requests_failed_total', { method: 'GET', route: '/health', status: '503' })).toBe(
    1,
  );
  expect(shown.value('http_requests_failed_total', { method: 'POST', route: '/verify', status: '503' })).toBe(
    0,
  );
});

test('with metrics.port set /metrics has a listener of its own, and the API’s port does not show it', async () => {
  const apart = await harness.startApi({ X402_METRICS__PORT: '0' });
  const httpMetrics = { cut: () => undefined };
  expect((await fetch(`${apart.url}/metrics`)).status).toBe(404);
  const rest = { httpMetrics, limitsRedis: undefined, operators: undefined, keyAdmin: undefined };
  expect(await buildMetricsApp({ config: api.config, readMetrics: neverAsked, ...rest })).toBeUndefined();
  const listener = await buildMetricsApp({
    config: apart.config,
    ...rest,
    readMetrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'x402 1\n' }),
  });
  const response = await listener?.inject({ url: '/metrics' });
  expect(response?.headers['content-type']).toContain('version=0.0.4');
  expect(response?.body).toBe('x402 1\n');
  await listener?.close();
});

async function neverAsked(): Promise<never> {
  throw new Error('metrics are not asked for here');
}
