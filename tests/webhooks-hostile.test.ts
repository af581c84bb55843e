import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  connectRedis,
  createWebhookStore,
  disconnectRedis,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { findProgram, guardDirectory } from '@x402-facilitator/tools/processes';
import { ROOT } from '@x402-facilitator/tools/stack';
import { sendOnce } from '@x402-facilitator/worker/testing';
import { expect, onTestFinished, test } from 'vitest';
import { runOps } from './support/ops.js';
import { meansOrSkip } from './support/or-skip.js';
import { useStack } from './support/use-stack.js';

const run = promisify(execFile);

/** Without TLS, so that what keeps a worker from a private address is the address alone. */
const stack = useStack({
  blockMs: 0,
  paywall: false,
  settings: {
    X402_WEBHOOKS__ENABLED: 'true',
    X402_WEBHOOKS__MASTER_SECRET: 'm'.repeat(32),
    X402_WEBHOOKS__ALLOW_HTTP: 'true',
  },
});

/** A listener on all of this machine's addresses that counts who connects. */
async function listen() {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { port: typeof address === 'object' ? address?.port : undefined, count: () => connections };
}

test('an endpoint with a private address reaches nothing private, however it is written and whoever has set it', async () => {
  const inner = await listen();
  const redis = connectRedis({
    settings: redisSettingsFromUrl(stack().redis.url),
    role: 'worker',
    name: 'webhooks-hostile',
    onError: () => undefined,
  });
  onTestFinished(() => disconnectRedis(redis));
  const store = createWebhookStore({ redis });
  const urls = [
    ...[
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0x7f.0.0.1',
      '0177.0.0.1',
      '017700000001',
      '0.0.0.0',
      '0',
    ],
    ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]'],
    ...['[2002:7f00:1::]', '127.0.0.1.', '①②⑦.0.0.1', 'localhost', 'localhost.', 'ip6-localhost'],
    ...['user@127.0.0.1', 'shop.example@127.0.0.1', 'shop.example:80@127.0.0.1'],
  ].map((host) => `http://${host}:${inner.port}/`);
  urls.push(
    `http://127.0.0.1:${inner.port}\\@shop.example/`,
    `http://127.0.0.1:${inner.port}#@shop.example/`,
  );

  for (const url of urls) {
    // As whoever writes into Redis would: ops itself refuses addresses.
    await store.set(url, url);
    const { id } = await store.test(url, 10);
    await expect
      .poll(async () => [url, (await store.find(url))?.lastTest])
      .toMatchObject([url, { id, outcome: 'forgotten' }]);
    expect([url, (await store.find(url))?.lastTest?.problem]).toEqual([
      url,
      expect.stringMatching(/is not on the public internet|expected no (?:user|fragment)|^query\w+ E[A-Z]+ /),
    ]);
  }
  expect(inner.count()).toBe(0);
  // The listener does count: this is how it looks where private addresses are allowed.
  await sendOnce({
    url: new URL(`http://localhost:${inner.port}/`),
    body: '',
    headers: {},
    timeoutMs: 5_000,
    allowPrivateNetworks: true,
  });
  expect(inner.count()).toBe(1);

  const refused = await runOps(stack().settings, 'webhooks', 'set', 'shop', urls[2] ?? '');
  expect(refused).toMatchObject({
    code: 2,
    err: expect.stringContaining('127.0.0.1 is not on the public internet (loopback)'),
  });
});

const unshare = meansOrSkip(await openUnshare());

test.skipIf(unshare === undefined)(
  'a name that is public at one look-up and private at the next reaches nothing private',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'x402-rebinding-'));
    guardDirectory(directory);
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const resolver = join(directory, 'resolv.conf');
    await writeFile(resolver, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
    // A machine of its own, whose only public address is one of its own.
    const setUp = [
      'ip link set lo up',
      'ip address add 9.9.9.9/32 dev lo',
      `mount --bind ${resolver} /etc/resolv.conf`,
      `exec ${process.execPath} --import tsx --conditions=source tests/webhooks/rebinding.ts`,
    ].join(' && ');
    const { stdout } = await run(unshare?.command ?? '', ['--net', '--mount', 'sh', '-c', setUp], {
      cwd: ROOT,
    });
    const told = JSON.parse(stdout);
    expect(told.sent[0]).toEqual({ kind: 'answered', status: 200 });
    expect(told.sent[1]).toEqual({
      kind: 'unanswered',
      problem: 'shop.example is refused: 127.0.0.1 is not on the public internet (loopback)',
    });
    // Each request was one look-up, and went where that one said.
    expect(told).toMatchObject({ lookups: 2, public: 1, private: 0 });
  },
);

/** `unshare`, where it can make a network and a mount of its own; else the reason in words. */
async function openUnshare(): Promise<{ readonly command: string } | string> {
  const [command, ip] = [await findProgram(['unshare']), await findProgram(['ip'])];
  if (command === undefined || ip === undefined)
    return '`unshare` and `ip` are needed for a network of its own';
  try {
    await run(command, ['--net', '--mount', ip, 'link', 'set', 'lo', 'up']);
    return { command };
  } catch {
    return 'a network of its own needs root';
  }
}
