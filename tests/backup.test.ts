import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { startRedis } from '@x402-facilitator/tools/redis';
import { fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, describe, expect, it } from 'vitest';
import { onPath } from './deploy/support/on-path.js';
import { get, post, signPayment } from './support/facilitator.js';
import { runOps } from './support/ops.js';
import { replica, useStack } from './support/use-stack.js';

const PASSWORD = 'of-this-test';
const directory = mkdtempSync(join(tmpdir(), 'x402-backup-'));
const data = join(directory, 'data');
const backups = join(directory, 'backups');
mkdirSync(backups);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const canRun = onPath('redis-server') && onPath('redis-cli');

describe.skipIf(!canRun)('a backup (skipped without redis-server)', () => {
  const options = { exclusive: true, persistence: 'always', password: PASSWORD, directory: data } as const;
  const stack = useStack({ blockMs: 0, paywall: false, redis: options });

  /** A script of a deployment, as its container runs it. */
  const script = (
    name: 'backup' | 'restore',
    port: string,
    args: readonly string[] = [],
    password = PASSWORD,
  ) =>
    spawnSync('sh', [join(ROOT, `deploy/k8s/components/backup/${name}.sh`), ...args], {
      encoding: 'utf8',
      timeout: 60_000,
      env: {
        PATH: process.env.PATH,
        REDIS_PORT: port,
        REDISCLI_AUTH: password,
        BACKUP_DIR: backups,
        DATA_DIR: data,
      },
    });

  it('is made, looked at and restored, and its settlements are there again', {
    timeout: 120_000,
  }, async () => {
    const { port } = new URL(stack().redis.url);
    const api = replica(stack().apis).url;
    const payer = await fundPayer(stack(), { outputs: 2 });
    const settled = async () => {
      const { transaction, request } = await signPayment(stack(), payer);
      expect((await post(`${api}/settle`, request, { prefer: 'respond-async' })).status).toBe(202);
      const reaches = (state: string) =>
        waitUntil(async () => (await get(`${api}/status/${transaction}`)).body.state === state, {
          what: state,
        });
      await reaches('submitted');
      await stack().control.forge(3);
      await reaches('confirmed');
      return transaction;
    };
    const kept = await settled();

    const old = join(backups, 'x402-20200101T040000Z.rdb');
    writeFileSync(old, '');
    utimesSync(old, 0, 0);
    expect(script('backup', port, ['once'], 'another password').status).not.toBe(0);
    expect(readdirSync(backups)).toEqual(expect.not.arrayContaining(['backup.prom']));
    expect(readdirSync(backups).filter((name) => name.endsWith('.rdb'))).toEqual([
      'x402-20200101T040000Z.rdb',
    ]);
    const made = script('backup', port, ['once']);
    expect(made, made.stderr).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^backup: .+\.rdb, \d+ bytes\n$/),
    });
    expect(readdirSync(backups).filter((name) => name.endsWith('.rdb'))).toEqual([
      expect.stringMatching(/^x402-20[2-9]/),
    ]);
    // Its time tells the alert on a missed backup of the latest one.
    expect(Date.now() - statSync(join(backups, 'backup.prom')).mtimeMs).toBeLessThan(60_000);

    expect(script('restore', port)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('stop it first'),
    });
    const lost = await settled();
    await stack().redis.stop();
    rmSync(data, { recursive: true });
    mkdirSync(data);
    const restored = script('restore', port);
    expect(restored, restored.stderr).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^restore: \d+ keys from /),
    });

    const again = await startRedis({ ...options, port: Number(port) });
    try {
      await waitUntil(async () => (await get(`${api}/status/${kept}`)).body.state === 'confirmed', {
        what: 'the settlement of the backup',
      });
      expect((await get(`${api}/status/${lost}`)).status).toBe(404);
      expect(await runOps(stack().settings, 'inspect', kept)).toMatchObject({ code: 0 });
    } finally {
      await again.stop();
    }
  });

  it('that cannot be read is not restored', () => {
    writeFileSync(join(backups, 'x402-29990101T040000Z.rdb'), 'not a snapshot');
    expect(script('restore', '1')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('cannot be read'),
    });
  });
});
