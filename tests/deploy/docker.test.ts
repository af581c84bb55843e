import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSeedPhrase } from '@lucid-evolution/lucid';
import { type ManagedProcess, onFreePort, startProcess, waitUntil } from '@x402-facilitator/tools/processes';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { ROOT, type Stack, startStack } from '@x402-facilitator/tools/stack';
import { ValidationSeverity, validate } from 'dockerfile-utils';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildContext, readStages, runBuildStage } from './support/docker-build.js';
import { readText } from './support/files.js';

const TIERS = ['api', 'worker'] as const;

describe('the Dockerfile', () => {
  const stages = readStages();
  const textOf = (stage: string, keyword: string) =>
    (stages.get(stage) ?? []).filter((line) => line.keyword === keyword).map(({ text }) => text);

  it('is one by the rules of Dockerfiles', () => {
    const errors = validate(readText('Dockerfile')).filter(
      ({ severity }) => severity === ValidationSeverity.ERROR,
    );
    expect(errors.map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
  });

  it.each(TIERS)(
    'makes the image of the %s from a runtime and a deployed build, and nothing else',
    (tier) => {
      expect(textOf(tier, 'FROM')).toEqual([`runtime AS ${tier}`]);
      expect(textOf(tier, 'COPY')).toEqual([`--from=build /src/out/${tier} ./`]);
      expect(textOf(tier, 'CMD')).toEqual(['["node", "dist/main.js"]']);
      expect(textOf(tier, 'HEALTHCHECK')).toHaveLength(1);
    },
  );

  it('runs as user 1001, holds no setting, and pins its Node exactly', () => {
    expect(textOf('runtime', 'USER')).toEqual(['1001:1001']);
    expect(readText('Dockerfile')).not.toMatch(/X402_|config\.json/);
    expect(readText('Dockerfile')).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-\S+@sha256:[0-9a-f]{64}$/m);
  });
});

describe('the build context', () => {
  it('holds no secret, test, document or configuration', () => {
    const files = buildContext();
    expect(files).toContain('pnpm-lock.yaml');
    expect(
      files.filter((file) => /\/test\/|\.test\.|\.md$|\.env|^config\/|^docs\/|^\.git/.test(file)),
    ).toEqual([]);
    expect(
      files.filter((file) => /^(tests|bench|tools|examples)\//.test(file) && !file.endsWith('/package.json')),
    ).toEqual([]);
  });
});

describe('what a build makes', () => {
  /** Where the build stage ran: `out/api` and `out/worker` are the `/app` of the images. */
  let build: string;
  let stack: Stack;
  let redis: RedisHandle;
  const processes: ManagedProcess[] = [];

  const seedPhrase = generateSeedPhrase();
  const projectId = `preview${randomBytes(16).toString('hex')}`;
  const callerKey = randomBytes(24).toString('base64url');
  const redisPassword = randomBytes(24).toString('hex');

  beforeAll(async () => {
    build = mkdtempSync(join(tmpdir(), 'x402-build-'));
    runBuildStage(build);
    // Used only for its devnet. The tiers under test are the built ones.
    stack = await startStack({ apis: 0, workers: 0, paywall: false });
    redis = await startRedis({ exclusive: true, persistence: 'always' });
    const settings = new Redis(redis.url);
    await settings.config('SET', 'maxmemory-policy', 'noeviction');
    await settings.config('SET', 'requirepass', redisPassword);
    settings.disconnect();
  });

  afterAll(async () => {
    await Promise.all(processes.map((managed) => managed.stop()));
    await Promise.all([redis?.stop(), stack?.stop()]);
    rmSync(build, { recursive: true, force: true });
  });

  /** A tier as its image runs it: its own folder, the configuration as a file, secrets as mounted files. */
  async function start(tier: (typeof TIERS)[number], extra: Record<string, string> = {}) {
    const app = join(build, 'out', tier);
    const secret = (name: string, value: string) => {
      const file = join(build, `secret-${name}`);
      writeFileSync(file, `${value}\n`, { mode: 0o400, flag: existsSync(file) ? 'r+' : 'w' });
      return file;
    };
    const config = join(build, 'config.json');
    const { hostname, port: redisPort } = new URL(redis.url);
    const sha256 = createHash('sha256').update(callerKey).digest('hex');
    writeFileSync(
      config,
      JSON.stringify({
        logging: { level: 'debug' },
        security: { apiKeys: [{ name: 'shop', sha256 }] },
        chain: { blockfrost: { url: stack.devnet.url }, redis: { host: hostname, port: Number(redisPort) } },
      }),
    );
    return onFreePort(async (port) => {
      const url = `http://127.0.0.1:${port}`;
      const managed = await startProcess({
        name: tier,
        command: process.execPath,
        args: ['dist/main.js'],
        cwd: app,
        env: {
          PATH: process.env.PATH,
          NODE_ENV: 'production',
          X402_ENV: 'production',
          X402_CONFIG: config,
          X402_SERVER__HOST: '127.0.0.1',
          [tier === 'api' ? 'X402_SERVER__PORT' : 'X402_WORKER__METRICS_PORT']: String(port),
          X402_CHAIN__BLOCKFROST__PROJECT_ID_FILE: secret('project-id', projectId),
          X402_CHAIN__REDIS__PASSWORD_FILE: secret('redis', redisPassword),
          ...extra,
        },
        logFile: join(build, `${tier}.log`),
        ready: { kind: 'http', url: `${url}${tier === 'api' ? '/ready' : '/health'}` },
      });
      processes.push(managed);
      return { url, managed };
    });
  }

  const healthcheck = (url: string) =>
    spawnSync(process.execPath, [join(ROOT, 'deploy/docker/healthcheck.mjs'), url], { encoding: 'utf8' });

  it.each(TIERS)(
    'the %s holds a build, a manifest and production dependencies, and no source or test',
    (tier) => {
      const app = join(build, 'out', tier);
      const own = tier === 'api' ? ['assets'] : [];
      expect(readdirSync(app).sort()).toEqual([
        ...own,
        'dist',
        'node_modules',
        'package.json',
        'pnpm-lock.yaml',
      ]);
      const installed = readdirSync(join(app, 'node_modules/.pnpm'));
      const development =
        /^(vitest|typescript|tsx|@biomejs|fast-check|@x402-facilitator\+(devnet|tools|example)|@x402\+)/;
      const lucidPeers = tier === 'worker' ? /^fast-check/ : /(?!)/;
      expect(installed.filter((name) => development.test(name) && !lucidPeers.test(name))).toEqual([]);
      expect(installed.length).toBeGreaterThan(50);
    },
  );

  it('the API holds no wallet library, so no configuration could make it sign', () => {
    const installed = readdirSync(join(build, 'out/api/node_modules/.pnpm'));
    expect(installed.filter((name) => /lucid|cardano-multiplatform|cardano-sdk|bip39/.test(name))).toEqual(
      [],
    );
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', 'await import("@lucid-evolution/lucid")'],
      { cwd: join(build, 'out/api'), encoding: 'utf8' },
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain('ERR_MODULE_NOT_FOUND');
    expect(existsSync(join(build, 'out/worker/node_modules/@lucid-evolution/lucid'))).toBe(true);
  });

  it('both tiers start in production, answer their health checks, leak no secret, and stop in time', async () => {
    const seedFile = join(build, 'secret-seed');
    writeFileSync(seedFile, seedPhrase, { mode: 0o400 });
    const worker = await start('worker', { X402_CHAIN__FACILITATOR__SEED_PHRASE_FILE: seedFile });
    const api = await start('api');
    expect(healthcheck(`${api.url}/ready`)).toMatchObject({ status: 0, stderr: '' });
    expect(healthcheck(`${worker.url}/health`)).toMatchObject({ status: 0, stderr: '' });
    await waitUntil(
      async () =>
        ((await (await fetch(`${api.url}/health`)).json()) as { status: string }).status === 'healthy',
      { what: 'the API to see Redis, the chain and the worker', everyMs: 100 },
    );

    const call = async (key: string) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      return (await fetch(`${api.url}/verify`, { method: 'POST', headers, body: '{}' })).status;
    };
    expect(await call(callerKey)).toBe(400);
    expect(await call(`${callerKey}-but-wrong`)).toBe(401);

    for (const { managed } of [api, worker]) {
      const { code } = await managed.stop();
      expect(code).toBe(0);
    }
    expect(healthcheck(`${api.url}/ready`).status).toBe(1);

    for (const tier of TIERS) {
      const log = readFileSync(join(build, `${tier}.log`), 'utf8');
      expect(statSync(join(build, `${tier}.log`)).size, tier).toBeGreaterThan(200);
      for (const secret of [seedPhrase, projectId, callerKey, redisPassword])
        expect(log).not.toContain(secret);
    }
  });

  it('a worker whose wallet secret is empty runs without a wallet', async () => {
    const empty = join(build, 'secret-empty');
    writeFileSync(empty, '');
    const { url, managed } = await start('worker', { X402_CHAIN__FACILITATOR__SEED_PHRASE_FILE: empty });
    expect(healthcheck(`${url}/health`).status).toBe(0);
    await managed.stop();
  });

  it('an API that is given the wallet does not start in production', async () => {
    const seedFile = join(build, 'secret-seed');
    await expect(start('api', { X402_CHAIN__FACILITATOR__SEED_PHRASE_FILE: seedFile })).rejects.toThrow(
      /the API must not hold the wallet/,
    );
  });
});
