import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionCut } from '../../src/http/guarded-server.js';
import { createGuardedServer, networkOf } from '../../src/http/index.js';
import { exchange, MALFORMED_HEADS, openRaw } from '../support/raw-http.js';

const GET = 'GET /live HTTP/1.1\r\nhost: x\r\n\r\n';
const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listen(server: Server, host = '127.0.0.1'): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
}

async function start(
  bounds: Partial<Parameters<typeof createGuardedServer>[0]['bounds']> = {},
  {
    handler = (_request, response) => response.end('alive'),
    isProxy,
    host,
  }: {
    readonly handler?: RequestListener;
    readonly isProxy?: (address: string) => boolean;
    readonly host?: string;
  } = {},
) {
  const cuts: ConnectionCut[] = [];
  const server = createGuardedServer({
    handler,
    bounds: { connections: 1_000, connectionsPerAddress: 1_000, ...bounds },
    requestTimeoutMs: 5_000,
    keepAliveTimeoutMs: 5_000,
    onCut: (reason) => cuts.push(reason),
    ...(isProxy === undefined ? {} : { isProxy }),
  });
  return { url: await listen(server, host), cuts, server };
}

/** The statuses that one more connection gets; none when it is closed at once. */
const answers = async (url: string) =>
  (await exchange(url, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).statuses();

describe('connections', () => {
  it('beyond those of the process are closed at once, and others go on', async () => {
    const { url, cuts } = await start({ connections: 10 });
    const held = Array.from({ length: 15 }, () => openRaw(url));
    await expect.poll(() => cuts.length).toBe(5);
    expect(new Set(cuts)).toEqual(new Set(['process']));
    await expect.poll(() => held.filter(({ socket }) => socket.destroyed).length).toBe(5);
    const open = held.filter(({ socket }) => !socket.destroyed);
    for (const { socket } of open) socket.write(GET);
    await expect.poll(() => open.map(({ statuses }) => statuses().join())).toEqual(Array(10).fill('200'));
    open[0]?.socket.destroy();
    await expect.poll(() => answers(url)).toEqual([200]);
    for (const { socket } of open) socket.destroy();
  });

  it('beyond those of one address are closed, until some of its own end', async () => {
    const { url, cuts } = await start({ connectionsPerAddress: 3 });
    const held = Array.from({ length: 6 }, () => openRaw(url));
    await expect.poll(() => cuts).toEqual(['address', 'address', 'address']);
    expect(await answers(url)).toEqual([]);
    for (const { socket } of held) socket.destroy();
    await expect.poll(() => answers(url)).toEqual([200]);
  });

  it('of a trusted proxy are not counted by its address', async () => {
    const { url, cuts } = await start(
      { connectionsPerAddress: 2 },
      { isProxy: (address) => address === '127.0.0.1' },
    );
    const held = Array.from({ length: 8 }, () => openRaw(url));
    expect(await answers(url)).toEqual([200]);
    expect(cuts).toEqual([]);
    for (const { socket } of held) socket.destroy();
  });

  it('of an IPv4 address are its own where the server listens for both kinds of addresses', async () => {
    expect(networkOf('::ffff:127.0.0.1')).toBe('127.0.0.1');
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:db8:1:2::1'));
    expect(networkOf('2001:db8:1:3::1')).not.toBe(networkOf('2001:db8:1:2::1'));
  });
});

describe('a connection', () => {
  it('that pipelines a little gets every answer, in order', async () => {
    const { url, cuts } = await start();
    const { socket, statuses } = openRaw(url);
    socket.write(GET.repeat(16));
    await expect.poll(statuses).toEqual(Array(16).fill(200));
    socket.write(GET.repeat(16));
    await expect.poll(statuses).toEqual(Array(32).fill(200));
    expect(cuts).toEqual([]);
    socket.destroy();
  });

  it('that pipelines much is cut, and no more of its requests are served than the bound', async () => {
    let served = 0;
    const { url, cuts } = await start(
      {},
      { handler: (_request, response) => void setTimeout(() => response.end('alive'), ++served && 50) },
    );
    const { socket, closed } = openRaw(url);
    socket.write(GET.repeat(2_000));
    await closed;
    expect(cuts).toEqual(['pipelined']);
    expect(served).toBe(16);
  });

  it('that does not read is cut in time, and one that reads as much is not', async () => {
    const { url, cuts } = await start(
      { readWithinMs: 2_000 },
      {
        handler: (request, response) => {
          if (request.url === '/whole') return void response.end(Buffer.alloc(16 * MEGABYTE));
          Readable.from(Array.from({ length: 256 }, () => Buffer.alloc(64 * KILOBYTE))).pipe(response);
        },
      },
    );
    const silent = openRaw(url, { reads: false });
    silent.socket.write(GET.replace('/live', '/whole'));
    const read = await fetch(`${url}/in-pieces`).then((response) => response.arrayBuffer());
    expect(read.byteLength).toBe(16 * MEGABYTE);
    await expect.poll(() => cuts).toEqual(['slow']);
    silent.socket.destroy();
  });

  it('that takes a byte now and then is as slow as one that takes none', async () => {
    const { url, cuts } = await start(
      { readWithinMs: 500 },
      { handler: (_request, response) => void response.end(Buffer.alloc(32 * MEGABYTE)) },
    );
    const { socket } = openRaw(url, { reads: false });
    socket.write(GET);
    const trickle = setInterval(() => socket.read(1), 50);
    await expect.poll(() => cuts).toEqual(['slow']);
    clearInterval(trickle);
    socket.destroy();
  });

  it('that follows a stream and stops reading is cut too, though the stream waits for it', async () => {
    const { url, cuts } = await start(
      { readWithinMs: 500 },
      {
        handler: (_request, response) => {
          const write = () => {
            if (!response.destroyed) response.write('x'.repeat(64 * KILOBYTE));
          };
          response.on('drain', write);
          write();
        },
      },
    );
    const { socket } = openRaw(url, { reads: false });
    socket.write(GET);
    await expect.poll(() => cuts).toEqual(['slow']);
    socket.destroy();
  });

  it('that waits for its answer is not slow, nor is a stream that is read', async () => {
    const { url, cuts } = await start(
      { readWithinMs: 100 },
      {
        handler: (request, response) => {
          if (request.url === '/late') return void setTimeout(() => response.end('late'), 1_500);
          const writing = setInterval(() => response.write('x'.repeat(KILOBYTE)), 20);
          setTimeout(() => response.end(void clearInterval(writing)), 1_500);
        },
      },
    );
    const [late, stream] = await Promise.all([fetch(`${url}/late`), fetch(`${url}/stream`)]);
    expect([await late.text(), (await stream.text()).length > 0]).toEqual(['late', true]);
    expect(cuts).toEqual([]);
  });
});

it('unread answers of all connections together are bounded: the ones that hold most are cut', async () => {
  const { url, cuts } = await start(
    { unreadBytes: 64 * MEGABYTE },
    { handler: (_request, response) => void response.end(Buffer.alloc(8 * MEGABYTE)) },
  );
  const silent = Array.from({ length: 30 }, () => openRaw(url, { reads: false }));
  for (const { socket } of silent) socket.write(GET);
  // 30 × 8 MB and heads were written, and 64 MB may stay.
  await expect.poll(() => cuts.length).toBe(23);
  expect(new Set(cuts)).toEqual(new Set(['unread']));
  expect((await fetch(url)).status).toBe(200);
  for (const { socket } of silent) socket.destroy();
});

describe('a head that can be read in two ways', () => {
  it.each(MALFORMED_HEADS)('%s is refused, and its connection closed', async (_what, bytes) => {
    let served = 0;
    const { url } = await start({}, { handler: (_request, response) => void response.end(String(++served)) });
    const { statuses } = await exchange(url, bytes);
    expect(statuses()).toEqual([400]);
    expect(served).toBe(0);
  });

  it.each([
    ['a host', 'host: shop.example'],
    ['a port', 'Host: shop.example:3000'],
    ['an empty host', 'host:'],
    ['an address', 'host: [2001:db8::1]:3000'],
    ['an underscore', 'host: x402_api:3000'],
    ['two Accepts', 'host: x\r\naccept: a/b\r\naccept: c/d'],
    ['forwarding', 'host: x\r\nx-forwarded-for: 192.0.2.1\r\nx-forwarded-for: 192.0.2.2'],
  ])('%s is none', async (_what, fields) => {
    const { url } = await start();
    const { statuses } = await exchange(url, `GET / HTTP/1.1\r\n${fields}\r\nconnection: close\r\n\r\n`);
    expect(statuses()).toEqual([200]);
  });
});

it('Node alone bounds none of this', async () => {
  let served = 0;
  const url = await listen(
    createServer((_request, response) => void setTimeout(() => response.end(), ++served && 10)),
  );
  const { socket } = openRaw(url);
  socket.write(GET.repeat(1_000));
  await expect.poll(() => served).toBe(1_000);
  socket.destroy();
  const { statuses } = await exchange(
    url,
    'GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\nconnection: close\r\n\r\n',
  );
  expect(statuses()).toEqual([200]);
});
