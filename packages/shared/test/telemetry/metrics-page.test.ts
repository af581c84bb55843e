import { readFileSync } from 'node:fs';
import { ASSET_LABELS, SUPPORTED_SCHEMES } from '@x402-facilitator/cardano';
import { createApiMetrics, createWorkerMetrics } from '@x402-facilitator/shared/telemetry';
import type { MetricsRegistry } from '@x402-facilitator/shared/testing';
import { expect, test } from 'vitest';

const PAGE = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');
const NODES_OWN = /^(?:process|nodejs)_/;

/** Our metrics in a registry, as the page writes them: name, type, labels. */
function described(registry: MetricsRegistry): Map<string, string> {
  return new Map(
    registry
      .getMetricsAsArray()
      .filter(({ name }) => !NODES_OWN.test(name))
      .map((metric) => {
        const labels: unknown = Reflect.get(metric, 'labelNames');
        const names = Array.isArray(labels) ? labels.map((label) => `\`${label}\``).join(', ') : '';
        return [metric.name, `${metric.type} | ${names}`];
      }),
  );
}

test('docs/metrics.md names every metric of each tier with its type and labels, and no other', () => {
  const api = described(createApiMetrics({ schemes: SUPPORTED_SCHEMES, version: '1' }).registry);
  const worker = described(createWorkerMetrics({ schemes: SUPPORTED_SCHEMES, version: '1' }).registry);
  const held = [...new Map([...api, ...worker])].map(([name, what]) => {
    const tier = api.has(name) && worker.has(name) ? 'both' : api.has(name) ? 'API' : 'worker';
    return `${name} | ${what} | ${tier}`;
  });
  const written = PAGE.split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [name = '', type, labels, tier] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return `${name.replaceAll('`', '')} | ${type} | ${labels} | ${tier}`;
    });
  expect(written.sort()).toEqual(held.sort());
});

test('docs/metrics.md names every asset that has a label', () => {
  const row = PAGE.split('\n').find((line) => line.startsWith('| `payment_volume_total`')) ?? '';
  const named = [...row.matchAll(/`([A-Za-z]+)`/g)].map(([, label]) => label);
  expect(named).toEqual(expect.arrayContaining([...ASSET_LABELS]));
});

test('both registries hold Node’s own metrics', () => {
  for (const { registry } of [
    createApiMetrics({ schemes: SUPPORTED_SCHEMES, version: '1' }),
    createWorkerMetrics({ schemes: SUPPORTED_SCHEMES, version: '1' }),
  ])
    expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual(
      expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds']),
    );
});
