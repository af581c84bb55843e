import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { useApi } from './support/use-api.js';

const api = useApi();

const MEGABYTE = 1024 * 1024;
const JSON_TYPE = 'content-type: application/json';

/** Sends a body without end, as fast as it is taken, until the connection is closed. */
async function flood(path: string, framing: string) {
  const { hostname, port } = new URL(api.url);
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
    if (socket.write(chunk)) await new Promise(setImmediate);
    else await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
  }
  await closed;
  return { status: Number(answer.split(' ', 2)[1]), megabytes: socket.bytesWritten / MEGABYTE };
}

test.each([
  ['a body that is too large', '/verify', `${JSON_TYPE}\r\ncontent-length: 1000000000000`, 413],
  ['a body in chunks without end', '/settle', `${JSON_TYPE}\r\ntransfer-encoding: chunked`, 413],
  ['a body of another type', '/verify', 'content-type: text/plain\r\ntransfer-encoding: chunked', 415],
])('%s is answered, read on for a few megabytes, and cut off', async (_what, path, framing, status) => {
  const flooded = await flood(path, framing);
  expect(flooded.status).toBe(status);
  expect(flooded.megabytes).toBeGreaterThan(16);
  expect(flooded.megabytes).toBeLessThan(400);
});

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
