import { once } from 'node:events';
import { connect } from 'node:net';
import { openRaw } from '@x402-facilitator/shared/testing';
import { startRedis } from '@x402-facilitator/tools/redis';
import { afterEach, expect, test } from 'vitest';
import { type RunningApi, startApi } from './support/start-api.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(): Promise<RunningApi> {
  const redis = await startRedis();
  closing.push(() => redis.stop());
  return startApi({ redisUrl: redis.url });
}

test('a stop does not wait for connections that never sent a byte', async () => {
  const api = await start();
  const { port } = new URL(api.url);
  const silent = connect(Number(port), '127.0.0.1');
  silent.on('error', () => undefined);
  await once(silent, 'connect');
  const kept = await fetch(`${api.url}/live`);
  await kept.body?.cancel();

  const startedMs = performance.now();
  const ended = once(silent, 'close');
  await api.close();
  await ended;
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});

test('a call that arrives while it stops is answered, and is the last of its connection', async () => {
  const api = await start();
  const { socket, closed, statuses, text } = openRaw(api.url);
  // In one write with a call that is answered: then the server is known to have read half of the second one.
  socket.write('GET /live HTTP/1.1\r\nhost: x\r\n\r\nGET /live HTTP/1.1\r\n');
  await expect.poll(statuses).toEqual([200]);
  const stopped = api.close();
  socket.write('host: x\r\n\r\n');
  await Promise.all([closed, stopped]);
  expect(statuses()).toEqual([200, 200]);
  expect(text()).toMatch(/connection: close/i);
});
