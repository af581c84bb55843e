import { createServer } from 'node:net';
import { freePort, startProcess } from '@x402-facilitator/tools/processes';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { entryPoint } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** A Redis that loses what it holds when it ends: production refuses it. */
let redis: RedisHandle;
/** A port that someone else has. */
let taken: number;
const server = createServer();
beforeAll(async () => {
  redis = await startRedis({ exclusive: true, persistence: 'off' });
  taken = await freePort();
  await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.close();
  await redis?.stop();
});

/** In the order of docs/operations/deploy.md#start-up-order. */
const STEPS = [
  {
    step: 'the configuration',
    apps: ['api', 'worker'],
    settings: () => ({ X402_CHAIN__NETWORK: 'Testnet' }),
    says: /^ConfigInvalidError: chain\.network: .*Preview/,
  },
  {
    step: 'error tracking',
    apps: ['api', 'worker'],
    settings: () => ({ X402_SENTRY__DSN: 'https://sentry.example/1' }),
    says: /^ConfigInvalidError: sentry\.dsn: expected a DSN as Sentry shows it/,
  },
  {
    step: 'the wallet',
    apps: ['worker'],
    settings: () => ({ X402_CHAIN__FACILITATOR__PRIVATE_KEY: 'ed25519_sk1nonsense' }),
    says: /chain\.facilitator\.privateKey is not a wallet/,
  },
  {
    step: 'Redis',
    apps: ['api', 'worker'],
    settings: () => ({ X402_ENV: 'production' }),
    says: /Redis would lose accepted settlements: .*appendonly/,
  },
  {
    step: 'the deny-list',
    apps: ['api'],
    settings: () => ({ X402_SCREENING__ENABLED: 'true', X402_SCREENING__DENY_FILE: '/dev/null/none' }),
    says: /screening\.denyFile: \/dev\/null\/none: /,
  },
  {
    step: 'the chain’s providers',
    apps: ['api', 'worker'],
    settings: () => ({ X402_CHAIN__BLOCKFROST__URL: 'elsewhere' }),
    says: /^ConfigInvalidError: chain\.blockfrost\.url: /,
  },
  {
    step: 'HTTP',
    apps: ['api'],
    settings: () => ({ X402_SERVER__PORT: String(taken) }),
    says: /cannot listen on 127\.0\.0\.1/,
  },
  {
    step: 'the metrics',
    apps: ['api'],
    settings: () => ({ X402_METRICS__PORT: String(taken) }),
    says: /cannot listen on 127\.0\.0\.1/,
  },
  {
    step: 'HTTP',
    apps: ['worker'],
    settings: () => ({ X402_WORKER__METRICS_PORT: String(taken) }),
    says: /EADDRINUSE/,
  },
] as const;

it.each(STEPS.flatMap(({ apps, ...step }) => apps.map((app) => ({ app, ...step }))))(
  'of the $app, $step that fails ends it with code 1 and one line that says why',
  async ({ app, settings, says }) => {
    const { port } = new URL(redis.url);
    const managed = await startProcess({
      name: app,
      command: process.execPath,
      args: [entryPoint(app)],
      env: {
        PATH: process.env.PATH,
        X402_CHAIN__BLOCKFROST__PROJECT_ID: 'previewabc',
        // Nothing answers there: a provider that is away ends no start.
        X402_CHAIN__BLOCKFROST__URL: 'http://127.0.0.1:9/api/v0',
        X402_CHAIN__REDIS__PORT: port,
        X402_SERVER__HOST: '127.0.0.1',
        X402_SERVER__PORT: String(await freePort()),
        X402_WORKER__METRICS_PORT: String(await freePort()),
        ...settings(),
      },
    });
    const exit = await managed.exited;
    const lines = managed.output.recent();
    expect(exit, lines.join('\n')).toEqual({ code: 1, signal: null });
    const failures = lines.filter((line) => !line.startsWith('{') || JSON.parse(line).level === 'error');
    expect(failures, lines.join('\n')).toEqual([expect.stringMatching(says)]);
  },
);
