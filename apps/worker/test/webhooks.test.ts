import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkPublicAddress } from '../src/webhooks/address.js';
import { nextAttemptMs, retryAfterMs } from '../src/webhooks/back-off.js';
import { readEndpointUrl } from '../src/webhooks/endpoint-url.js';
import { sendOnce } from '../src/webhooks/send.js';
import { secretOf, signedHeaders, writeSecret } from '../src/webhooks/sign.js';

const RETRY = { firstDelayMs: 5_000, longestDelayMs: 3_600_000, giveUpSeconds: 86_400 };
const HOUR_MS = 3_600_000;
const STRICT = { allowHttp: false, allowPrivateNetworks: false };

/** When an event is tried that always fails, in milliseconds after it was written. */
function schedule(random: () => number): readonly number[] {
  const times: number[] = [];
  for (let nowMs: number | undefined = 0; nowMs !== undefined; ) {
    times.push(nowMs);
    nowMs = nextAttemptMs({ attempts: times.length, queuedAtMs: 0, nowMs, retry: RETRY, random });
  }
  return times;
}

describe('the schedule of attempts', () => {
  test.each([0, 0.5, 0.999])('reaches a day, for draws of %d: then one last attempt', (draw) => {
    const times = schedule(() => draw);
    const gaps = times.slice(1).map((time, place) => time - (times[place] ?? 0));
    expect(times.at(-1)).toBe(24 * HOUR_MS);
    expect(times.length).toBeGreaterThan(25);
    expect(times.length).toBeLessThan(45);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1.2 * HOUR_MS);
    // Longer each time, until the longest.
    expect(gaps.slice(0, 9)).toEqual([...gaps.slice(0, 9)].sort((a, b) => a - b));
    expect(gaps[0]).toBeCloseTo(5_000 * (0.8 + 0.4 * draw), 0);
  });

  test('comes again soon to a receiver that was down for an hour', () => {
    for (const draw of [0, 0.5, 0.999]) {
      const next = schedule(() => draw).find((time) => time >= HOUR_MS);
      expect(next).toBeLessThan(2.2 * HOUR_MS);
    }
  });

  test('heeds Retry-After in both forms, up to the longest delay', () => {
    const nowMs = Date.parse('2026-01-01T00:00:00Z');
    const of = (header: string | undefined) => retryAfterMs(header, nowMs, RETRY);
    expect(of('120')).toBe(nowMs + 120_000);
    expect(of('Thu, 01 Jan 2026 00:01:00 GMT')).toBe(nowMs + 60_000);
    expect(of('999999999')).toBe(nowMs + HOUR_MS);
    expect(of('Fri, 01 Jan 2100 00:00:00 GMT')).toBe(nowMs + HOUR_MS);
    for (const header of [undefined, '', '0', '-5', 'soon', 'Thu, 01 Jan 1970 00:00:00 GMT'])
      expect([header, of(header)]).toEqual([header, undefined]);
  });
});

describe('signatures', () => {
  const MASTER = 'm'.repeat(32);
  const message = { id: 'evt_1', atMs: Date.now(), body: '{"type":"webhook.test"}' };

  test('verify with the library of Standard Webhooks, by the secret before a rotation and by the one after', () => {
    const [now, before, other] = ['salt', 'salt-before', 'other'].map((salt) =>
      secretOf(MASTER, 'endpoint', salt),
    );
    if (now === undefined || before === undefined || other === undefined) throw new Error('no secrets');
    const headers = signedHeaders([now, before], message);
    expect(headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
    for (const secret of [now, before])
      expect(new Webhook(writeSecret(secret)).verify(message.body, { ...headers })).toEqual({
        type: 'webhook.test',
      });
    expect(() => new Webhook(writeSecret(other)).verify(message.body, { ...headers })).toThrow(
      WebhookVerificationError,
    );
    const receiver = new Webhook(writeSecret(now));
    for (const forged of [
      { ...headers, 'webhook-id': 'evt_2' },
      { ...headers, 'webhook-timestamp': String(Math.floor(message.atMs / 1000) + 1) },
      signedHeaders([now], { ...message, atMs: message.atMs - 600_000 }),
    ])
      expect(() => receiver.verify(message.body, { ...forged })).toThrow(WebhookVerificationError);
    expect(() => receiver.verify(`${message.body} `, { ...headers })).toThrow(WebhookVerificationError);
  });

  test('differ by master secret, endpoint and salt', () => {
    const all = [
      secretOf(MASTER, 'endpoint', 'salt'),
      secretOf('n'.repeat(32), 'endpoint', 'salt'),
      secretOf(MASTER, 'endpoinT', 'salt'),
      secretOf(MASTER, 'endpoint', 'salT'),
    ].map(writeSecret);
    expect(new Set(all).size).toBe(4);
    for (const secret of all) expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
  });
});

/** Every way to write an address that is not on the public internet. */
const HOSTILE_HOSTS = [
  ...['localhost', 'LOCALHOST.', 'shop.localhost'],
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001', '127.0.0.1.'],
  ...['０x7f.1', '①②⑦.0.0.1', '127。0。0。1', '%31%32%37.0.0.1'],
  ...[
    '0.0.0.0',
    '0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '192.0.0.192',
  ],
  ...['198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '192.88.99.1', '168.63.129.16'],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[::ffff:8.8.8.8]'],
  ...['[64:ff9b::7f00:1]', '[64:ff9b::127.0.0.1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001::1]'],
  ...['[fe80::1]', '[fec0::1]', '[fc00::1]', '[fd00:ec2::254]', '[ff02::1]', '[2001:db8::1]', '[100::1]'],
  ...['[4000::1]', '[1::1]', '[::ffff:0:127.0.0.1]'],
];

describe('the URL of an endpoint', () => {
  test.each(HOSTILE_HOSTS)('%s is refused', (host) => {
    expect(readEndpointUrl(`https://${host}/hooks`, STRICT)).toMatchObject({
      ok: false,
      error: expect.stringContaining('is not on the public internet'),
    });
  });

  test.each([
    ['http://shop.example/', 'expected https (webhooks.allowHttp)'],
    ['ftp://shop.example/', 'expected https (webhooks.allowHttp)'],
    ['file:///etc/passwd', 'expected https (webhooks.allowHttp)'],
    ['https://user@shop.example/', 'expected no user and no password'],
    ['https://:word@shop.example/', 'expected no user and no password'],
    ['https://shop.example@127.0.0.1/', 'expected no user and no password'],
    ['https://127.0.0.1\\@shop.example/', '127.0.0.1 is not on the public internet (loopback)'],
    ['https://127.0.0.1#@shop.example/', 'expected no fragment'],
    ['https://127.0.0.1?@shop.example/', '127.0.0.1 is not on the public internet (loopback)'],
    ['https://shop.example:25/', 'expected the protocol’s own port, or one from 1024 on'],
    ['https://shop.example:0/', 'expected the protocol’s own port, or one from 1024 on'],
    ['https://shop.example:65536/', 'expected a URL'],
    ['shop.example/hooks', 'expected a URL'],
    ['', 'expected a URL'],
  ])('%s is refused', (text, reason) => {
    expect(readEndpointUrl(text, STRICT)).toMatchObject({
      ok: false,
      error: expect.stringContaining(reason),
    });
  });

  test('longer than 2048 characters is refused', () => {
    expect(readEndpointUrl(`https://shop.example/${'a'.repeat(2_048)}`, STRICT)).toEqual({
      ok: false,
      error: 'expected at most 2048 characters',
    });
  });

  test.each([
    'https://shop.example/hooks?key=1',
    'https://shop.example:8443/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
  ])('%s is taken', (text) => {
    expect(readEndpointUrl(text, STRICT)).toMatchObject({ ok: true });
  });

  test('may be private, or without TLS, where the operator allows that', () => {
    const local = 'http://127.0.0.1:81/';
    expect(readEndpointUrl(local, { ...STRICT, allowPrivateNetworks: true })).toMatchObject({ ok: false });
    expect(readEndpointUrl(local, { ...STRICT, allowHttp: true })).toMatchObject({ ok: false });
    expect(readEndpointUrl(local, { allowHttp: true, allowPrivateNetworks: true })).toMatchObject({
      ok: true,
    });
  });

  test('an address with a zone, or of no kind, is not public', () => {
    for (const text of ['fe80::1%eth0', '::1%lo', '', 'localhost', '999.1.1.1'])
      expect([text, checkPublicAddress(text).ok]).toEqual([text, false]);
  });
});

async function listen(answer: RequestListener) {
  const server = createServer(answer);
  const seen = { connections: 0 };
  server.on('connection', () => {
    seen.connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, port: (server.address() as AddressInfo).port };
}

const send = (url: string, more: Partial<Parameters<typeof sendOnce>[0]> = {}) =>
  sendOnce({
    url: new URL(url),
    body: '{}',
    headers: {},
    timeoutMs: 2_000,
    allowPrivateNetworks: false,
    ...more,
  });

describe('one request', () => {
  test('to a name with a private address connects to nothing, whatever else the name has', async () => {
    const { seen, port } = await listen((_, response) => response.end());
    const answers = [
      ['127.0.0.1'],
      ['8.8.8.8', '127.0.0.1'],
      ['::ffff:127.0.0.1'],
      ['64:ff9b::7f00:1'],
      ['2606:4700::1111', '::1'],
    ];
    for (const addresses of answers)
      expect(
        await send(`http://shop.example:${port}/`, {
          resolve: async () => addresses.map((address) => ({ address, family: isIP(address) })),
        }),
      ).toMatchObject({
        kind: 'unanswered',
        problem: expect.stringMatching(/^shop\.example is refused: .* is not on the public internet/),
      });
    expect(await send(`http://shop.example:${port}/`, { resolve: async () => [] })).toMatchObject({
      problem: 'shop.example has no address',
    });
    expect(seen.connections).toBe(0);
  });

  test('follows no redirect', async () => {
    const inner = await listen((_, response) => response.end());
    for (const status of [301, 302, 303, 307, 308]) {
      const outer = await listen((_, response) =>
        response.writeHead(status, { location: `http://127.0.0.1:${inner.port}/` }).end(),
      );
      expect(await send(`http://127.0.0.1:${outer.port}/`, { allowPrivateNetworks: true })).toMatchObject({
        kind: 'answered',
        status,
      });
    }
    expect(inner.seen.connections).toBe(0);
  });

  test('goes through no proxy of the environment', async () => {
    const proxy = await listen((_, response) => response.end());
    for (const name of ['http_proxy', 'HTTP_PROXY', 'NODE_USE_ENV_PROXY']) {
      process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.1:${proxy.port}`;
      onTestFinished(() => void delete process.env[name]);
    }
    const receiver = await listen((_, response) => response.end());
    await send(`http://127.0.0.1:${receiver.port}/`, { allowPrivateNetworks: true });
    expect([proxy.seen.connections, receiver.seen.connections]).toEqual([0, 1]);
  });

  test('ends in time, and reads no more of an answer than it needs', async () => {
    const silent = await listen(() => undefined);
    const url = `http://127.0.0.1:${silent.port}/`;
    expect(await send(url, { allowPrivateNetworks: true, timeoutMs: 200 })).toEqual({
      kind: 'unanswered',
      problem: 'no answer within 200 ms',
    });
    const written = { bytes: 0, isClosed: false };
    const endless = await listen((_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && written.bytes < 50_000_000) {
          written.bytes += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
        }
      };
      response.on('close', () => {
        written.isClosed = true;
      });
      more();
    });
    expect(await send(`http://127.0.0.1:${endless.port}/`, { allowPrivateNetworks: true })).toMatchObject({
      kind: 'answered',
      status: 200,
    });
    await expect.poll(() => written.isClosed).toBe(true);
    expect(written.bytes).toBeLessThan(10_000_000);
  });

  test('has an answer where the receiver hangs up, and where none listens', async () => {
    const rude = await listen((request) => request.socket.destroy());
    for (const port of [rude.port, 1])
      expect(await send(`http://127.0.0.1:${port}/`, { allowPrivateNetworks: true })).toMatchObject({
        kind: 'unanswered',
        problem: expect.stringMatching(/socket hang up|ECONNREFUSED|ECONNRESET/),
      });
  });
});
