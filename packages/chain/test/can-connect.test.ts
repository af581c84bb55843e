import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { canConnect } from '../src/http/can-connect.js';

test('whether a host accepts connections is found without a call', async () => {
  let calls = 0;
  const server = createServer((_request, response) => {
    calls += 1;
    response.end();
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v0`;
  expect(await canConnect(url)).toBe(true);
  server.close();
  await once(server, 'close');
  expect(await canConnect(url)).toBe(false);
  expect(calls).toBe(0);
});

test.each(['http://[::1]:1/', 'http://host.invalid/api'])('nothing answers at %s', async (url) => {
  expect(await canConnect(url)).toBe(false);
});
