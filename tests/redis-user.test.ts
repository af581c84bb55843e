import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis, disconnectRedis, redisSettingsFromUrl } from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, expect, test } from 'vitest';
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

const stack = useStack({
  blockMs: 0,
  paywall: false,
  workers: 2,
  redis: { exclusive: true, persistence: 'always', settings: { aclfile } },
  settings: {
    X402_CHAIN__REDIS__USERNAME: 'facilitator',
    X402_CHAIN__REDIS__PASSWORD: 'of-the-user',
    X402_SPONSORSHIP__ENABLED: 'true',
  },
});

test('every command of both tiers and of ops runs under the rights that the page gives', async () => {
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
    const { request, transaction } = await signPayment(stack(), payer);
    expect((await post(`${url}/verify`, request)).body).toMatchObject({ isValid: true });
    await settle(request);
    await reaches(transaction, 'submitted');
    await stack().control.forge(2);
    await reaches(transaction, 'confirmed');
    expect((await settle(request)).body).toMatchObject({ success: true });
    expect((await get(`${url}/stats`)).status).toBe(200);
    await waitUntil(async () => (await get(`${url}/health`)).body.status === 'healthy', { what: 'health' });
    const ops = (...args: readonly string[]) => runOps(stack().settings, ...args);
    for (const args of [
      ['pause', '--reason', 'a test'],
      ['status'],
      ['resume'],
      ['inspect', transaction],
      ['export', '--since', '1h'],
      ['redeem', 'ab'.repeat(32), '--reason', 'a test'],
      ['drain', '--timeout', '30'],
      ['resume'],
    ])
      expect(await ops(...args), args.join(' ')).toMatchObject({ code: 0 });
    const { transaction: second, request: other } = await signPayment(stack(), payer);
    await settle(other);
    await reaches(second, 'submitted');
    expect((await ops('retry', second)).code).toBe(0);
    const denied = (await admin.call('ACL', 'LOG')) as unknown[];
    expect(denied).toEqual([]);
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
}, 120_000);
