import { SUPPORTED_SCHEMES } from '@x402-facilitator/cardano';
import { devnetOf, startChainProxy, twoProviders } from '@x402-facilitator/chain/testing';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { createApiMetrics, expose } from '@x402-facilitator/shared/telemetry';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseExposition } from '../support/exposition.js';

type Fault = Parameters<Devnet['faults']['add']>[0];
const everything = (fault: object) => ({ operation: '*', probability: 1, ...fault }) as Fault;

/** Two providers whose calls are counted, and a scrape of the counts. */
async function counted(change: Parameters<typeof twoProviders>[0] = {}) {
  const { registry, chain: observer } = createApiMetrics({ schemes: SUPPORTED_SCHEMES, version: '1' });
  const two = await twoProviders({ ...change, observer });
  return { ...two, scrape: async () => parseExposition((await expose(registry)).body) };
}

const PRIMARY = { provider: 'blockfrost' };

describe.each([
  ['server_error', { kind: 'status', status: 503, when: 'before' }],
  ['connection_failed', { kind: 'drop-before' }],
  ['timeout', { kind: 'hang', when: 'before' }],
  ['rate_limited', { kind: 'status', status: 429, when: 'before' }],
  ['quota_exhausted', { kind: 'status', status: 402, when: 'before' }],
  ['forbidden', { kind: 'status', status: 403, when: 'before' }],
  ['banned', { kind: 'status', status: 418, when: 'before' }],
])('a primary that ends calls with %s', (outcome, fault) => {
  test('shows in rpc_errors_total and as not up, and its fallback as up', async () => {
    // Short only where the time-out is tested, because a busy machine is slow too.
    const timeoutMs = outcome === 'timeout' ? 1_000 : 10_000;
    const { chain, primary, scrape } = await counted({ tuning: { timeoutMs } });
    primary.faults.add(everything(fault));
    onTestFinished(() => primary.faults.clear());
    await expect
      .poll(async () => {
        await chain.provider.getTip();
        return (await scrape()).value('rpc_provider_up', PRIMARY);
      })
      .toBe(0);
    const shown = await scrape();
    const failed = { ...PRIMARY, operation: 'tip', outcome };
    expect(shown.value('rpc_errors_total', failed)).toBeGreaterThan(0);
    expect(shown.value('rpc_errors_total', failed)).toBe(shown.value('rpc_requests_total', failed));
    expect(shown.value('rpc_request_duration_seconds_count', failed)).toBeGreaterThan(0);
    expect(shown.value('rpc_provider_up', { provider: 'koios-2' })).toBe(1);
    expect(shown.value('rpc_errors_total', { ...failed, provider: 'koios-2' })).toBe(0);
  });
});

test('a primary of another network shows as not up, although its answers are not errors', async () => {
  const preprod = await startDevnet({ blockMs: 0, network: 'preprod' });
  onTestFinished(() => preprod.close());
  const { scrape } = await counted({ primaryUrl: preprod.url });
  await expect.poll(async () => (await scrape()).value('rpc_provider_up', PRIMARY)).toBe(0);
});

test('a primary whose tip is behind shows as not up until it has caught up', async () => {
  const { chain, primary, scrape } = await counted({ tuning: { maxLagBlocks: 3, probeEveryMs: 50 } });
  const isUp = async () => {
    await chain.health();
    return (await scrape()).value('rpc_provider_up', PRIMARY);
  };
  primary.timer.forge(6);
  primary.faults.add(everything({ kind: 'stale', blocks: 4 }));
  await expect.poll(isUp).toBe(0);
  primary.faults.clear();
  await expect.poll(isUp).toBe(1);
});

test('a primary whose answers are corrupted on the way shows as malformed in rpc_errors_total and as not up', async () => {
  const primary = await devnetOf();
  const proxy = await startChainProxy(primary.url);
  const { chain, scrape } = await counted({
    primaryDevnet: primary,
    primaryUrl: proxy.url,
    tuning: { probeEveryMs: 50 },
  });
  proxy.corrupt((body) => body.slice(0, -1));
  await chain.provider.getTip();
  await expect
    .poll(async () => {
      await chain.health();
      return (await scrape()).value('rpc_provider_up', PRIMARY);
    })
    .toBe(0);
  const malformed = { ...PRIMARY, operation: 'tip', outcome: 'malformed' };
  expect((await scrape()).value('rpc_errors_total', malformed)).toBeGreaterThan(0);
});

test('the calls left of a daily limit go down with each call', async () => {
  const { chain, scrape } = await counted({
    primaryBudget: { requestsPerSecond: 100, burst: 100, perDay: 1_000 },
  });
  const left = async () => (await scrape()).value('rpc_quota_remaining', PRIMARY) ?? Number.NaN;
  await chain.provider.getTip();
  const before = await left();
  await chain.provider.getTip();
  expect(await left()).toBe(before - 1);
  expect((await scrape()).value('rpc_quota_remaining', { provider: 'koios-2' })).toBeUndefined();
});

test('every outcome of an operation has its request before its first error, so that a share of errors is at most one', async () => {
  const { primary, chain, scrape } = await counted();
  await chain.provider.getTip();
  const of = { ...PRIMARY, operation: 'tip', outcome: 'server_error' };
  const before = await scrape();
  expect(before.value('rpc_requests_total', of)).toBe(0);
  expect(before.value('rpc_errors_total', of)).toBe(0);
  primary.faults.add(everything({ kind: 'status', status: 503, when: 'before' }));
  onTestFinished(() => primary.faults.clear());
  await chain.provider.getTip();
  const after = await scrape();
  expect(after.value('rpc_requests_total', of)).toBe(after.value('rpc_errors_total', of));
  expect(after.value('rpc_errors_total', of)).toBeGreaterThan(0);
});
