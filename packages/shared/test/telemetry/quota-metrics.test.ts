import { expect, test } from 'vitest';
import { createChainMetrics } from '../../src/telemetry/metrics/chain.js';
import { createRegistry } from '../../src/telemetry/metrics/registry.js';

const network = 'cardano:mainnet';
const BEFORE_MIDNIGHT = Date.UTC(2026, 0, 1, 23, 59);

function shown() {
  let nowMs = BEFORE_MIDNIGHT;
  const registry = createRegistry({ tier: 'api', version: '1' });
  const metrics = createChainMetrics(registry, () => nowMs);
  const values = async () => {
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('rpc_quota_'));
    return Object.fromEntries(lines.map((line) => line.split(' ')));
  };
  const sleepUntil = (ms: number) => {
    nowMs = ms;
  };
  return { metrics, values, sleepUntil };
}

test('a quota is shown with its limit', async () => {
  const { metrics, values } = shown();
  metrics.onQuota?.({ network, provider: 'blockfrost', remaining: 120, perDay: 50_000, reserved: 25_000 });
  expect(await values()).toEqual({
    'rpc_quota_remaining{provider="blockfrost"}': '120',
    'rpc_quota_limit{provider="blockfrost"}': '50000',
    'rpc_quota_reserved{provider="blockfrost"}': '25000',
  });
});

test('after midnight UTC a process shows no remaining quota before its first call', async () => {
  const { metrics, values, sleepUntil } = shown();
  metrics.onQuota?.({ network, provider: 'blockfrost', remaining: 120, perDay: 50_000, reserved: 25_000 });
  sleepUntil(BEFORE_MIDNIGHT + 120_000);
  expect(await values()).toEqual({
    'rpc_quota_limit{provider="blockfrost"}': '50000',
    'rpc_quota_reserved{provider="blockfrost"}': '25000',
  });
  metrics.onQuota?.({ network, provider: 'blockfrost', remaining: 49_999, perDay: 50_000, reserved: 25_000 });
  expect(await values()).toMatchObject({ 'rpc_quota_remaining{provider="blockfrost"}': '49999' });
});
