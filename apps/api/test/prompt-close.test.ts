import { once } from 'node:events';
import { connect } from 'node:net';
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
