import { exchange, MALFORMED_HEADS, openRaw } from '@x402-facilitator/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import { buildMetricsApp } from '../src/metrics-app.js';
import { send } from './support/requests.js';
import { useApi } from './support/use-api.js';

const api = useApi({ X402_SERVER__MAX_CONNECTIONS: '600', X402_SERVER__MAX_CONNECTIONS_PER_ADDRESS: '400' });

const MEGABYTE = 1024 * 1024;

const get = (path: string, ...fields: readonly string[]) =>
  [`GET ${path} HTTP/1.1`, 'host: x', ...fields, '', ''].join('\r\n');

async function cutsOf(reason: string): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  return Number(new RegExp(`http_connections_cut_total{.*reason="${reason}".*} (\\d+)`).exec(text)?.[1]);
}

test.each(MALFORMED_HEADS)('%s is refused', async (_what, bytes) => {
  const { statuses, text } = await exchange(api.url, bytes);
  expect(statuses()).toEqual([400]);
  expect(text()).not.toMatch(/x-powered-by|at .*\.js/i);
});

test('connections that pipeline and never read cost no more than as many requests of callers who read', async () => {
  const before = await cutsOf('pipelined');
  const take = async (bytes: string, reads: boolean) => {
    const begun = performance.now();
    const connections = Array.from({ length: 100 }, () => openRaw(api.url, { reads }));
    for (const { socket } of connections) socket.write(bytes);
    await Promise.all(connections.map(({ closed }) => closed));
    return performance.now() - begun;
  };
  const honestMs = await take(get('/live').repeat(15) + get('/live', 'connection: close'), true);
  const hostileMs = await take(get('/live').repeat(3_000), false);
  expect(hostileMs).toBeLessThan(3 * honestMs);
  expect(await cutsOf('pipelined')).toBe(before + 100);
});

test.each(['/docs/json', '/openapi.json', '/docs/static/swagger-ui-bundle.js', '/metrics', '/'])(
  'answers of %s that nobody reads take little, however many are asked for',
  async (path) => {
    const before = process.memoryUsage().rss;
    const silent = Array.from({ length: 40 }, () => openRaw(api.url, { reads: false }));
    onTestFinished(() => {
      for (const { socket } of silent) socket.destroy();
    });
    for (const { socket } of silent) socket.write(get(path).repeat(100));
    await Promise.all(silent.map(({ closed }) => closed));
    expect((await fetch(`${api.url}/live`)).status).toBe(200);
    expect((process.memoryUsage().rss - before) / MEGABYTE).toBeLessThan(300);
  },
);

test('an address has only so many connections, and the process no more than all', async () => {
  const held = Array.from({ length: 450 }, () => openRaw(api.url));
  await expect.poll(() => held.filter(({ socket }) => socket.destroyed).length).toBeGreaterThanOrEqual(50);
  for (const { socket } of held) socket.destroy();
  await expect.poll(() => cutsOf('address')).toBeGreaterThanOrEqual(50);
});

test('the listener of the metrics is bounded too', async () => {
  const app = await buildMetricsApp({
    config: { ...api.config, metrics: { port: 0 } },
    readMetrics: async () => ({ contentType: 'text/plain', body: 'x 1\n' }),
    httpMetrics: { cut: () => undefined },
    limitsRedis: undefined,
    operators: undefined,
    keyAdmin: undefined,
  });
  if (app === undefined) throw new Error('expected a listener');
  onTestFinished(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  expect((await send(url, {})).status).toBe(404);
  for (const [what, bytes] of MALFORMED_HEADS)
    expect([what, (await exchange(url, bytes)).statuses()]).toEqual([what, [400]]);
  const flooding = openRaw(url);
  flooding.socket.write(get('/metrics').repeat(2_000));
  await flooding.closed;
  expect(flooding.statuses().length).toBeLessThanOrEqual(16);
  const held = Array.from({ length: 100 }, () => openRaw(url));
  await expect.poll(() => held.filter(({ socket }) => socket.destroyed).length).toBeGreaterThanOrEqual(36);
  for (const { socket } of held) socket.destroy();
});
