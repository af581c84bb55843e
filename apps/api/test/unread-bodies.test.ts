import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useApi } from './support/use-api.js';

const api = useApi();

const MEGABYTE = 1024 * 1024;
const JSON_TYPE = 'content-type: application/json';

/**
 * Sends a body without end, until the connection is closed.
 *
 * @param pause before each megabyte; it comes as fast as it is taken without one.
 */
async function flood(path: string, framing: string, pause: () => Promise<unknown> = async () => undefined) {
  const { hostname, port } = new URL(api.url);
  /** The API's end: it runs in this process. */
  let received: Socket | undefined;
  const onConnection = (message: unknown) => {
    received = (message as { readonly socket: Socket }).socket;
  };
  subscribe('net.server.socket', onConnection);
  const socket = connect(Number(port), hostname);
  // Not `once`: being cut off is no failure here.
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${framing}\r\n\r\n`);
  const piece = Buffer.alloc(MEGABYTE, 0x20);
  const chunk = framing.includes('chunked')
    ? Buffer.concat([Buffer.from(`${MEGABYTE.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
    : piece;
  while (!socket.destroyed) {
    await pause();
    if (socket.write(chunk)) await new Promise(setImmediate);
    else await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
  }
  await closed;
  unsubscribe('net.server.socket', onConnection);
  return { status: Number(answer.split(' ', 2)[1]), megabytesRead: (received?.bytesRead ?? 0) / MEGABYTE };
}

const BODIES = [
  ['a body that is too large', '/verify', `${JSON_TYPE}\r\ncontent-length: 1000000000000`, 413],
  ['a body in chunks without end', '/settle', `${JSON_TYPE}\r\ntransfer-encoding: chunked`, 413],
  ['a body of another type', '/verify', 'content-type: text/plain\r\ntransfer-encoding: chunked', 415],
] as const;

test.each(BODIES)('%s is answered, read on for 16 MiB, and cut off', async (_what, path, framing, status) => {
  // The API looks every 20 ms, and in that time comes a megabyte in 5 ms.
  const flooded = await flood(path, framing, () => setTimeout(5));
  expect(flooded.status).toBe(status);
  expect(flooded.megabytesRead).toBeGreaterThan(16);
  expect(flooded.megabytesRead).toBeLessThan(24);
});

test.each(BODIES)(
  '%s, as fast as it is taken, is cut off at the next look',
  async (_what, path, framing, status) => {
    const flooded = await flood(path, framing);
    expect(flooded.status).toBe(status);
    expect(flooded.megabytesRead).toBeGreaterThan(16);
    // What loopback carries in 20 ms on top.
    expect(flooded.megabytesRead).toBeLessThan(80);
  },
);

test('a body that ends soon keeps its connection', async () => {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  let answers = '';
  socket.on('data', (data) => {
    answers += data.toString('latin1');
  });
  socket.write(
    `POST /verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${MEGABYTE}\r\n\r\n`,
  );
  socket.write(Buffer.alloc(MEGABYTE, 0x20));
  socket.write('GET /live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  await once(socket, 'close');
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
});
