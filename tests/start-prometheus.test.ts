import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { prometheusOrSkip } from './support/prometheus.js';
import { type PrometheusHandle, type PrometheusTarget, startPrometheus } from './support/start-prometheus.js';

const programs = await prometheusOrSkip();

const servers: Server[] = [];
let prometheus: PrometheusHandle | undefined;

afterEach(async () => {
  await prometheus?.stop();
  for (const server of servers.splice(0)) server.close();
});

async function serve(body: string): Promise<PrometheusTarget> {
  const server = createServer((_, response) => response.end(body));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, labels: { app: 'shop' } };
}

const RULES = `
groups:
  - name: shop
    rules:
      - alert: TooWarm
        expr: temperature > 30
        labels: { severity: critical }
        annotations: { summary: Open a window }
`;

describe.skipIf(programs === undefined)('a private Prometheus (skipped where there is none)', () => {
  const start = async (options: { rules: string; jobs: Record<string, readonly PrometheusTarget[]> }) => {
    const { prometheus: program } = programs ?? { prometheus: '' };
    prometheus = await startPrometheus({
      prometheus: program,
      jobs: options.jobs,
      rules: { 'rules.yml': options.rules },
      intervalMs: 100,
    });
    return prometheus;
  };

  it('scrapes its targets, evaluates its rules, and follows targets that move', async () => {
    const [warm, cool] = [await serve('temperature 31\n'), await serve('temperature 20\n')];
    const { query, alerts, setTargets } = await start({ rules: RULES, jobs: { shop: [warm] } });

    await expect
      .poll(() => query('temperature'))
      .toEqual([
        expect.objectContaining({
          value: 31,
          labels: { __name__: 'temperature', job: 'shop', app: 'shop', instance: new URL(warm.url).host },
        }),
      ]);
    await expect.poll(alerts).toEqual([
      {
        name: 'TooWarm',
        state: 'firing',
        labels: expect.objectContaining({ severity: 'critical', job: 'shop' }),
        annotations: { summary: 'Open a window' },
      },
    ]);
    await setTargets('shop', [cool]);
    await expect.poll(alerts).toEqual([]);
    await expect(query('temperature >')).rejects.toThrow(/Prometheus: .*parse error/);
  });

  it('says what is wrong with its rules', async () => {
    const started = start({ rules: RULES.replace('> 30', '>'), jobs: {} });
    await expect(started).rejects.toThrow(/parse error/);
  });

  it('is gone after stop, also when stopped twice', async () => {
    const { url, stop } = await start({ rules: RULES, jobs: {} });
    await stop();
    await stop();
    await expect(fetch(url)).rejects.toThrow();
  });
});
