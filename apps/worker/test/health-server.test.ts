import { exchange, MALFORMED_HEADS, openRaw } from '@x402-facilitator/shared/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHealthServer } from '../src/health/index.js';

let server: Awaited<ReturnType<typeof startHealthServer>>;
let url: string;
beforeAll(async () => {
  server = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    health: () => Promise.reject(new Error('not asked')),
    metrics: async () => ({ contentType: 'text/plain', body: 'x402 1\n'.repeat(10_000) }),
  });
  url = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server.close());

it.each(MALFORMED_HEADS)('%s is refused', async (_what, bytes) => {
  expect((await exchange(url, bytes)).statuses()).toEqual([400]);
});

it('a connection that pipelines much is cut', async () => {
  const { socket, statuses, closed } = openRaw(url);
  socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2_000));
  await closed;
  expect(statuses().length).toBeLessThanOrEqual(16);
});

it('only so many connections are kept', async () => {
  const held = Array.from({ length: 100 }, () => openRaw(url));
  await expect.poll(() => held.filter(({ socket }) => socket.destroyed).length).toBe(36);
  for (const { socket } of held) socket.destroy();
  const bytes = 'GET /live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
  await expect.poll(async () => (await exchange(url, bytes)).statuses()).toEqual([200]);
});
