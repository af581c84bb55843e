import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSeedPhrase, walletFromSeed } from '@lucid-evolution/lucid';
import { guardDirectory, LOOPBACK } from '../processes/index.js';
import { startRedis } from '../redis/index.js';
import { type Cleanups, createCleanups } from './cleanups.js';
import { createDevnetControl } from './devnet-control.js';
import { type Environment, facilitatorEnvironment } from './environment.js';
import type { Stack, StackOptions } from './stack.js';
import { type AppOptions, type AppProcess, startApp } from './start-app.js';
import { startDevnetProcess } from './start-devnet.js';

const TOKEN_NAME = 'tUSDM';

/**
 * Starts the whole product on this machine, as an operator runs it: one Redis, the devnet, APIs and workers as processes of
 * their own, configured by environment, and the paywalled example server in front.
 *
 * @throws ProcessStartError with the last words of the process that did not start; nothing is left running then
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const cleanups = createCleanups();
  try {
    return await assemble(options, cleanups);
  } catch (error) {
    await cleanups.run();
    throw error;
  }
}

async function assemble(options: StackOptions, cleanups: Cleanups): Promise<Stack> {
  const { blockMs = 1_000, network = 'preview', judge = 'second' } = options;
  const { announce = () => {}, onReady = () => {} } = options;
  const { startedRedis, placeOf = async () => LOOPBACK } = options;
  const logDirectory = options.logDirectory ?? (await temporaryDirectory(cleanups));
  const place = await placeOf('devnet');
  const [redis, devnet] = await all([
    Promise.resolve(
      startedRedis ??
        started(startRedis({ announce, ...options.redis }), (it) => {
          cleanups.add(() => it.stop());
          onReady('Redis', it.origin);
        }),
    ),
    started(startDevnetProcess({ network, blockMs, judge, logDirectory, place }), (it) => {
      cleanups.add(() => it.process.stop());
      onReady('devnet', it.url);
    }),
  ]);

  const token = `${devnet.testTokenPolicy}.${Buffer.from(TOKEN_NAME).toString('hex')}`;
  const seedPhrase = generateSeedPhrase();
  const projectId = `${network}${randomBytes(16).toString('hex')}`;
  // Addresses of all testnets have one prefix. The seed of this address is not kept.
  const { address: payTo } = walletFromSeed(generateSeedPhrase(), { network: 'Preview' });
  const { address: walletAddress } = walletFromSeed(seedPhrase, { network: 'Preview' });
  const facilitator: Environment = {
    ...facilitatorEnvironment({
      network,
      chainUrl: devnet.url,
      projectId,
      redisUrl: redis.url,
      followerTickMs: Math.max(50, Math.floor(blockMs / 4)),
    }),
    ...options.settings,
  };

  const replicas = { api: [] as AppProcess[], worker: [] as AppProcess[], paywall: [] as AppProcess[] };
  const numbers = { api: 0, worker: 0, paywall: 0 };
  // All at once, so that no process waits for another one that has ended.
  cleanups.add(() =>
    Promise.all(Object.values(replicas).flatMap((tier) => tier.map((it) => it.process.stop()))),
  );
  const start = async (
    app: keyof typeof replicas,
    { env, ...how }: Pick<AppOptions, 'env' | 'portVariable' | 'readyPath'>,
  ): Promise<AppProcess> => {
    numbers[app] += 1;
    const name = `${app}-${numbers[app]}`;
    const place = await placeOf(name);
    const host = { X402_SERVER__HOST: place.host };
    const replica = await startApp({ app, name, logDirectory, place, env: { ...host, ...env }, ...how });
    replicas[app].push(replica);
    onReady(name, replica.url);
    return replica;
  };

  const startApi: Stack['startApi'] = (settings = {}, readyPath = '/ready') =>
    start('api', { env: { ...facilitator, ...settings }, portVariable: 'X402_SERVER__PORT', readyPath });
  const startWorker: Stack['startWorker'] = (settings = {}, readyPath = '/health') =>
    start('worker', {
      env: { ...facilitator, X402_CHAIN__FACILITATOR__SEED_PHRASE: seedPhrase, ...settings },
      portVariable: 'X402_WORKER__METRICS_PORT',
      readyPath,
    });
  const startPaywall = (settings: Environment = {}) =>
    start('paywall', {
      env: {
        FACILITATOR_URL: replicas.api[0]?.url ?? '',
        PAY_TO: payTo,
        NETWORK: `cardano:${network}`,
        TOKEN: token,
        // Payers of the paywall ask the facilitator itself.
        ...(facilitator.X402_SPONSORSHIP__ENABLED === 'true'
          ? { SPONSORSHIP_URL: `${replicas.api[0]?.url ?? ''}/sponsorships` }
          : {}),
        ...settings,
      },
      portVariable: 'PORT',
      readyPath: '/health',
    });

  await all([
    ...Array.from({ length: options.apis ?? 1 }, () => startApi()),
    ...Array.from({ length: options.workers ?? 1 }, () => startWorker()),
  ]);
  if (options.paywall ?? true) await startPaywall();

  return {
    network: `cardano:${network}`,
    redis,
    devnet,
    control: createDevnetControl(devnet.controlUrl, TOKEN_NAME),
    apis: replicas.api,
    workers: replicas.worker,
    paywalls: replicas.paywall,
    payTo,
    walletAddress,
    token,
    logDirectory,
    settings: facilitator,
    secrets: [seedPhrase, projectId],
    startApi,
    startWorker,
    startPaywall,
    stop: () => cleanups.run(),
  };
}

/** Calls `then` as soon as this one has started, not when all have. */
async function started<T>(starting: Promise<T>, then: (it: T) => void): Promise<T> {
  const it = await starting;
  then(it);
  return it;
}

/** Like Promise.all, but waits for all even if some fail: what is still starting cannot be stopped. */
async function all<T extends readonly unknown[]>(starting: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(starting);
  return (await Promise.all(starting)) as unknown as T;
}

async function temporaryDirectory(cleanups: Cleanups): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-stack-'));
  guardDirectory(directory);
  cleanups.add(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
