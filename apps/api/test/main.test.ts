import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectRedis, disconnectRedis, redisSettingsFromUrl } from '@x402-facilitator/journal';
import { startProcess } from '@x402-facilitator/tools/processes';
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

/** The real process, in a directory of its own, so that no configuration of this repository is found. */
const processOptions = (env: Readonly<Record<string, string>>) => ({
  name: 'api',
  command: process.execPath,
  args: ['--conditions=source', `--import=${TSX}`, MAIN],
  cwd: directory,
  env: { PATH: process.env.PATH, ...env },
});

/** Runs it to its end. */
async function run(env: Readonly<Record<string, string>>) {
  const api = await startProcess(processOptions(env));
  const lines = { stdout: [] as string[], stderr: [] as string[] };
  api.output.onLine((line, stream) => lines[stream].push(line));
  const { code } = await api.exited;
  return { code, ...lines };
}

const isListening = (line: string) => line.includes('"message":"listening"');

/** Starts it and waits until it listens. */
async function listen(env: Readonly<Record<string, string>>) {
  const api = await startProcess({
    ...processOptions(env),
    ready: { kind: 'line', matches: isListening },
    readyTimeoutMs: 25_000,
  });
  const { metadata } = JSON.parse(api.readyLine ?? 'null') as {
    metadata: { url: string; metricsUrl?: string };
  };
  return { api, url: metadata.url, metricsUrl: metadata.metricsUrl };
}

describe('a mistake in the configuration', () => {
  test('ends the process with code 1 and one line on stderr', async () => {
    expect(await run({})).toEqual({
      code: 1,
      stdout: [],
      stderr: ['ConfigInvalidError: chain.blockfrost.projectId: Blockfrost project ID is required'],
    });
  });

  test('is one line each, when there are several', async () => {
    const path = join(directory, 'broken.json');
    await writeFile(
      path,
      JSON.stringify({ server: { port: 'http' }, chain: { network: 'Mainnet' }, extra: 1 }),
    );
    expect(await run({ X402_CONFIG: path, X402_SETTLE__REDEMPTION: 'twice' })).toEqual({
      code: 1,
      stdout: [],
      stderr: [
        'ConfigInvalidError: server.port: expected number, found string',
        'ConfigInvalidError: settle.redemption: expected one of "once"|"resume"',
        'ConfigInvalidError: extra: unknown key',
        'ConfigInvalidError: chain.blockfrost.projectId: Blockfrost project ID is required',
      ],
    });
  });

  test('in production, a wallet in the API’s configuration is one', async () => {
    const { code, stderr } = await run({
      X402_ENV: 'production',
      X402_CHAIN__BLOCKFROST__PROJECT_ID: 'previewx',
      X402_CHAIN__FACILITATOR__SEED_PHRASE: 'never shown',
    });
    expect(code).toBe(1);
    expect(stderr).toEqual([
      'ConfigInvalidError: X402_CHAIN__FACILITATOR__SEED_PHRASE: the API must not hold the wallet; leave it to the worker',
    ]);
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

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'serves, reports the version of its own manifest from any directory, and ends with 0 on %s',
    async (signal) => {
      const { api, url } = await listen(apiEnvironment({ redisUrl }));
      const { body } = await send(`${url}/health`);
      api.signal(signal);
      expect(await api.exited).toEqual({ code: 0, signal: null });
      expect(body.version).toBe(manifest.version);
      expect(JSON.parse(api.output.recent(1)[0] ?? 'null')).toMatchObject({
        message: 'stopped',
        tier: 'api',
      });
    },
  );

  test.each(['SIGSEGV', 'SIGBUS', 'SIGABRT'] as const)(
    'ends at once, and not with 0, on %s',
    async (signal) => {
      const { api } = await listen(apiEnvironment({ redisUrl }));
      const signalledMs = performance.now();
      api.signal(signal);
      expect(await api.exited).toEqual({ code: null, signal });
      expect(performance.now() - signalledMs).toBeLessThan(1000);
    },
  );

  test('warns of a wallet that it ignores in development', async () => {
    const { api } = await listen({
      ...apiEnvironment({ redisUrl }),
      X402_CHAIN__FACILITATOR__SEED_PHRASE_FILE: '/run/secrets/does-not-exist',
    });
    expect((await api.stop()).code).toBe(0);
    const [first = 'null'] = api.output.recent();
    expect(JSON.parse(first)).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(/^X402_CHAIN__FACILITATOR__SEED_PHRASE_FILE is ignored unread/),
    });
  });

  test('starts without Redis, says so, and still stops with 0', async () => {
    const { api, url } = await listen(apiEnvironment({ redisUrl: 'redis://127.0.0.1:9' }));
    const { body } = await send(`${url}/health`);
    expect((await api.stop()).code).toBe(0);
    expect(body.dependencies).toMatchObject({ redis: { status: 'down' } });
  });

  test('refuses, in production, a Redis that could lose settlements', async () => {
    const { code, stdout } = await run({ ...apiEnvironment({ redisUrl }), X402_ENV: 'production' });
    expect(code).toBe(1);
    expect(stdout.join('\n')).toContain('Redis would lose accepted settlements');
  });

  test('in production, is unhealthy in words and in numbers while its Redis would lose settlements', async () => {
    const server = await startRedis({ exclusive: true, persistence: 'always' });
    const redis = connectRedis({
      settings: redisSettingsFromUrl(server.url),
      role: 'worker',
      name: 'test',
      onError: () => undefined,
    });
    const { api, url, metricsUrl } = await listen({
      ...apiEnvironment({ redisUrl: server.url }),
      X402_ENV: 'production',
      X402_METRICS__PORT: '0',
    });
    try {
      const redisHealth = async () => {
        const { status, body } = await send(`${url}/health`);
        return { status, word: body.status, ...(body.dependencies as { redis: object }).redis };
      };
      const metric = async () =>
        (await (await fetch(`${metricsUrl}/metrics`)).text()).match(
          /^journal_setting_unsafe\{setting="appendfsync"\} (\d)$/m,
        )?.[1];
      await expect.poll(redisHealth).toMatchObject({ status: 'up' });
      expect(await metric()).toBe('0');
      await redis.config('SET', 'appendfsync', 'no');
      await expect.poll(redisHealth, { timeout: 3_000 }).toMatchObject({
        word: 'unhealthy',
        status: 'down',
        message: 'Redis would lose accepted settlements: appendfsync is no, expected always',
      });
      expect(await metric()).toBe('1');
      await redis.config('SET', 'appendfsync', 'always');
      await expect.poll(redisHealth, { timeout: 3_000 }).toMatchObject({ status: 'up' });
      expect(await metric()).toBe('0');
      const said = () =>
        api.output
          .recent()
          .map((line) => JSON.parse(line) as { level: string; message: string })
          .filter(({ message }) => message.startsWith('Redis '));
      // Its lines are on their way.
      await expect.poll(said).toMatchObject([
        { level: 'error', message: expect.stringContaining('appendfsync is no, expected always') },
        { level: 'info', message: 'Redis takes writes and keeps them again' },
      ]);
    } finally {
      await api.stop();
      await disconnectRedis(redis);
      await server.stop();
    }
  });

  test('serves its metrics on a port of their own when one is configured, and says what it was built from', async () => {
    const { api, metricsUrl } = await listen({
      ...apiEnvironment({ redisUrl }),
      X402_METRICS__PORT: '0',
      SOURCE_COMMIT: 'abc123',
    });
    const metrics = await (await fetch(`${metricsUrl}/metrics`)).text();
    expect(metrics).toContain(`x402_build_info{version="${manifest.version}",commit="abc123",tier="api"} 1`);
    expect(metrics).toContain('nodejs_eventloop_lag_seconds');
    expect((await api.stop()).code).toBe(0);
  });

  test('ends with 1 when its port is taken', async () => {
    const { api, url } = await listen(apiEnvironment({ redisUrl }));
    const second = await run({ ...apiEnvironment({ redisUrl }), X402_SERVER__PORT: new URL(url).port });
    expect(second.code).toBe(1);
    expect(second.stdout.join('\n')).toContain('cannot listen on 127.0.0.1');
    expect((await api.stop()).code).toBe(0);
  });
});
