import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { send } from './support/requests.js';
import { apiEnvironment } from './support/start-api.js';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'x402-api-'));
});
afterAll(() => rm(directory, { recursive: true }));

type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the real process in a directory of its own, so that no configuration of this repository is found. */
function start(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['--conditions=source', `--import=${TSX}`, MAIN], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]): Run => ({ code, stdout, stderr }));
  const lines = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line): Record<string, unknown> => JSON.parse(line));
  return { child, ended, lines };
}

describe('a mistake in the configuration', () => {
  test('ends the process with code 1 and one line on stderr', async () => {
    const run = await start({}).ended;
    expect(run).toEqual({
      code: 1,
      stdout: '',
      stderr: 'ConfigInvalidError: chain.blockfrost.projectId: Blockfrost project ID is required\n',
    });
  });

  test('is one line each, when there are several', async () => {
    const path = join(directory, 'broken.json');
    await writeFile(
      path,
      JSON.stringify({ server: { port: 'http' }, chain: { network: 'Mainnet' }, extra: 1 }),
    );
    const run = await start({ X402_CONFIG: path, X402_SETTLE__REDEMPTION: 'twice' }).ended;
    expect(run.code).toBe(1);
    expect(run.stderr.split('\n')).toEqual([
      'ConfigInvalidError: server.port: expected number, found string',
      'ConfigInvalidError: settle.redemption: expected one of "once"|"resume"',
      'ConfigInvalidError: extra: unknown key',
      'ConfigInvalidError: chain.blockfrost.projectId: Blockfrost project ID is required',
      '',
    ]);
  });

  test('a wallet in the API’s hands is one, in production', async () => {
    const run = await start({
      X402_ENV: 'production',
      X402_CHAIN__BLOCKFROST__PROJECT_ID: 'previewx',
      X402_CHAIN__FACILITATOR__SEED_PHRASE: 'never shown',
    }).ended;
    expect(run.code).toBe(1);
    expect(run.stderr).toBe(
      'ConfigInvalidError: X402_CHAIN__FACILITATOR__SEED_PHRASE: the API must not hold the wallet; leave it to the worker\n',
    );
  });
});

describe('the process', () => {
  let redisUrl: string;
  let stopRedis: () => Promise<void>;
  beforeAll(async () => {
    const redis = await startRedis();
    redisUrl = redis.url;
    stopRedis = () => redis.stop();
  });
  afterAll(() => stopRedis());

  async function listening(env: Readonly<Record<string, string>>) {
    const running = start(env);
    await expect
      .poll(() => running.lines().some((line) => line.message === 'listening'), { timeout: 20_000 })
      .toBe(true);
    const line = running.lines().find((candidate) => candidate.message === 'listening');
    const { url } = (line?.metadata ?? {}) as { url: string };
    return { ...running, url };
  }

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'serves, reports the version of its own manifest wherever it is started, and ends with 0 on %s',
    async (signal) => {
      const { child, ended, url, lines } = await listening(apiEnvironment({ redisUrl }));
      try {
        const { body } = await send(`${url}/health`);
        expect(body.version).toBe(manifest.version);
      } finally {
        child.kill(signal);
      }
      const run = await ended;
      expect(run.code).toBe(0);
      expect(run.stderr).toBe('');
      expect(lines().map((line) => line.message)).toContain('stopped');
    },
  );

  test('warns of a wallet that it ignores in development', async () => {
    const { child, ended, lines } = await listening({
      ...apiEnvironment({ redisUrl }),
      X402_CHAIN__FACILITATOR__SEED_PHRASE_FILE: '/run/secrets/does-not-exist',
    });
    child.kill('SIGTERM');
    await ended;
    expect(lines()).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: expect.stringMatching(/^X402_CHAIN__FACILITATOR__SEED_PHRASE_FILE is ignored unread/),
      }),
    );
  });

  test('starts without Redis, says so, and still stops with 0', async () => {
    const { child, ended, url } = await listening(apiEnvironment({ redisUrl: 'redis://127.0.0.1:9' }));
    try {
      const { body } = await send(`${url}/health`);
      expect(body.dependencies).toMatchObject({ redis: { status: 'down' } });
    } finally {
      child.kill('SIGTERM');
    }
    expect((await ended).code).toBe(0);
  });

  test('refuses, in production, a Redis that could lose settlements', async () => {
    const run = await start({
      ...apiEnvironment({ redisUrl }),
      X402_ENV: 'production',
    }).ended;
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('Redis would lose accepted settlements');
  });

  test('ends with 1 when its port is taken', async () => {
    const { child, ended, url } = await listening(apiEnvironment({ redisUrl }));
    const second = await start({ ...apiEnvironment({ redisUrl }), X402_SERVER__PORT: new URL(url).port })
      .ended;
    child.kill('SIGTERM');
    expect(second.code).toBe(1);
    expect(second.stdout).toContain('cannot listen on 127.0.0.1');
    expect((await ended).code).toBe(0);
  });
});
