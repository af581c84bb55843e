import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePaymentRequiredHeader } from '@x402/core/http';
import {
  connectRedis,
  disconnectRedis,
  type RedisConnection,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { freePort, waitUntil } from '@x402-facilitator/tools/processes';
import { startRedis } from '@x402-facilitator/tools/redis';
import { fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { get, post, signPayment } from './support/facilitator.js';
import { runOps } from './support/ops.js';
import { replica, useStack } from './support/use-stack.js';

/** The user as the page for operators gives it. */
const [, RIGHTS = ''] =
  /ACL SETUSER facilitator on ">\$FACILITATOR_PASSWORD" ([\s\S]*?)\n```/i.exec(
    readFileSync(join(ROOT, 'docs/operations/deploy.md'), 'utf8'),
  ) ?? [];
const rights = RIGHTS.replaceAll(/[\\\n'"]+/g, ' ').trim();

const directory = mkdtempSync(join(tmpdir(), 'x402-acl-'));
const aclfile = join(directory, 'users.acl');
writeFileSync(aclfile, `user default on nopass ~* &* +@all\nuser facilitator on >of-the-user ${rights}\n`);
afterAll(() => rmSync(directory, { recursive: true }));

const port = await freePort();
/** A replica of the stack's Redis, which follows as soon as that runs. */
beforeAll(async () => {
  const { url, stop } = await startRedis({ exclusive: true, settings: { 'repl-diskless-sync-delay': '0' } });
  const follower = connectRedis({
    settings: redisSettingsFromUrl(url),
    role: 'worker',
    name: 'follower',
    onError: () => undefined,
  });
  await follower.replicaof('127.0.0.1', port);
  await disconnectRedis(follower);
  return stop;
});

const stack = useStack({
  blockMs: 0,
  workers: 2,
  redis: { exclusive: true, port, persistence: 'always', settings: { aclfile } },
  settings: {
    X402_CHAIN__REDIS__USERNAME: 'facilitator',
    X402_CHAIN__REDIS__PASSWORD: 'of-the-user',
    // So that claims WAIT.
    X402_CHAIN__REDIS__DURABILITY__REPLICAS: '1',
    X402_SCREENING__ENABLED: 'true',
    X402_SPONSORSHIP__ENABLED: 'true',
    X402_DISCOVERY__ENABLED: 'true',
    X402_SPONSORSHIP__POOL__SIZE: '4',
    X402_SPONSORSHIP__POOL__CALLER_SHARE: '1',
  },
});

/** A payer that owns only a token buys, and blocks come until it has what it bought. */
async function buySponsored() {
  await stack().control.fund({ address: stack().walletAddress, lovelace: 100_000_000n });
  const payer = await fundPayer(stack(), { lovelace: 1_300_000n, tokens: 10n });
  const url = `${replica(stack().paywalls).url}/token-report`;
  const required = decodePaymentRequiredHeader((await fetch(url)).headers.get('PAYMENT-REQUIRED') ?? '');
  const order = {
    network: stack().network,
    paymentRequirements: required.accepts[0],
    payer: payer.wallet.address,
  };
  const isLent = async () => (await post(`${replica(stack().apis).url}/sponsorships`, order)).status === 201;
  const whileForging = (what: string, isDone: () => Promise<boolean>) =>
    waitUntil(
      async () => {
        await stack().control.forge();
        return isDone();
      },
      { what, everyMs: 250 },
    );
  await whileForging('the pool to fill', isLent);
  let isOver = false;
  const buying = payer.pay(url).finally(() => {
    isOver = true;
  });
  await whileForging('the payer to be served', async () => isOver);
  return buying;
}

/** The commands that these rights permit, read in their order. */
async function permittedBy(admin: RedisConnection, words: readonly string[]): Promise<ReadonlySet<string>> {
  const permitted = new Set<string>();
  for (const word of words) {
    const name = word.slice(1);
    const meant =
      name === '@all'
        ? [...permitted]
        : name.startsWith('@')
          ? ((await admin.call('ACL', 'CAT', name.slice(1))) as string[])
          : [name, ...[...permitted].filter((command) => command.startsWith(`${name}|`))];
    for (const command of meant) word.startsWith('+') ? permitted.add(command) : permitted.delete(command);
  }
  return permitted;
}

/**
 * Without each category of the page something that was used would be denied, and each command that it names was used: some
 * versions of Redis have it in a category too.
 */
async function expectEachUsed(admin: RedisConnection) {
  const stats = await admin.info('commandstats');
  const used = new Set(Array.from(stats.matchAll(/^cmdstat_([^:]+):/gm), ([, name = '']) => name));
  const words = rights.split(/\s+/).filter((word) => /^[+-]/.test(word));
  expect(words.length).toBeGreaterThan(10);
  const all = await permittedBy(admin, words);
  for (const word of words) {
    const others = await permittedBy(
      admin,
      words.filter((other) => other !== word),
    );
    if (word.startsWith('-')) {
      // The first of all says only that nothing is inherited.
      if (word !== '-@all') expect(others.size, `${word} takes something away`).toBeGreaterThan(all.size);
    } else if (word.startsWith('+@')) {
      const denied = [...used].filter((command) => all.has(command) && !others.has(command));
      expect(denied, `what was used by ${word} alone`).not.toEqual([]);
    } else expect([...used], `what ${word} permits was used`).toContain(word.slice(1));
  }
}

test('every command of both tiers and of ops runs under the rights that the page gives, and uses each of them', async () => {
  expect(rights).toContain('~{x402}:*');
  const payer = await fundPayer(stack(), { outputs: 5 });
  const url = replica(stack().apis).url;
  const settle = (request: object) => post(`${url}/settle`, request, { prefer: 'respond-async' });
  const reaches = (transaction: string, state: string) =>
    waitUntil(async () => (await get(`${url}/status/${transaction}`)).body.state === state, {
      what: `${transaction} to be ${state}`,
    });
  const admin = connectRedis({
    settings: redisSettingsFromUrl(stack().redis.url),
    role: 'worker',
    name: 'admin',
    onError: () => undefined,
  });
  try {
    // As after a restart, no script is loaded.
    await admin.script('FLUSH');
    await admin.config('RESETSTAT');
    // They connect anew.
    await stack().startApi();
    await stack().startWorker();
    const { request, transaction } = await signPayment(stack(), payer);
    expect((await post(`${url}/verify`, request)).body).toMatchObject({ isValid: true });
    await settle(request);
    await reaches(transaction, 'submitted');
    await stack().control.forge(2);
    await reaches(transaction, 'confirmed');
    expect((await settle(request)).body).toMatchObject({ success: true });
    expect((await get(`${url}/stats`)).status).toBe(200);
    expect((await get(`${url}/discovery/resources`)).status).toBe(200);
    const { resource } = request.paymentPayload;
    expect((await get(`${url}/discovery/status?resource=${resource.url}`)).body).toMatchObject({
      reason: { code: 'not_declared' },
    });
    await waitUntil(async () => (await get(`${url}/health`)).body.status === 'healthy', { what: 'health' });
    const ops = (...args: readonly string[]) => runOps(stack().settings, ...args);
    for (const args of [
      ['pause', '--reason', 'a test'],
      ['status'],
      ['resume'],
      ['inspect', transaction],
      ['export', '--since', '1h'],
      ['redeem', 'ab'.repeat(32), '--reason', 'a test'],
      ['discovery', 'delist', resource.url, '--reason', 'a test'],
      ['discovery', 'list'],
      ['discovery', 'allow', resource.url],
      ['deny', 'ab'.repeat(28), '--reason', 'a test'],
      ['deny', '--list'],
      ['allow', 'ab'.repeat(28)],
      ['drain', '--timeout', '30'],
      ['resume'],
    ])
      expect(await ops(...args), args.join(' ')).toMatchObject({ code: 0 });
    const { transaction: second, request: other } = await signPayment(stack(), payer);
    await settle(other);
    await reaches(second, 'submitted');
    expect((await ops('retry', second)).code).toBe(0);
    const { status, payment } = await buySponsored();
    expect(status).toBe(200);
    expect(payment?.sponsorshipId).toMatch(/^[0-9a-f]{32}$/);
    const denied = (await admin.call('ACL', 'LOG')) as unknown[];
    expect(denied).toEqual([]);
    await expectEachUsed(admin);
  } finally {
    await disconnectRedis(admin);
  }

  const { host } = new URL(stack().redis.url);
  const tenant = connectRedis({
    settings: redisSettingsFromUrl(`redis://facilitator:of-the-user@${host}`),
    role: 'worker',
    name: 'tenant',
    onError: () => undefined,
  });
  try {
    for (const command of [
      ['FLUSHALL'],
      ['CONFIG', 'SET', 'appendonly', 'no'],
      ['KEYS', '*'],
      ['GET', 'another:key'],
      ['PUBLISH', 'another:channel', 'x'],
      ['SHUTDOWN'],
      ['ACL', 'LIST'],
      ['REPLICAOF', 'NO', 'ONE'],
    ] as const)
      await expect(
        tenant.call(...(command as unknown as [string, ...string[]])),
        command.join(' '),
      ).rejects.toThrow('NOPERM');
  } finally {
    await disconnectRedis(tenant);
  }
});
