import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardDirectory, LOOPBACK, type Place } from '@x402-facilitator/tools/processes';
import { type AppProcess, type Stack, startStack } from '@x402-facilitator/tools/stack';
import type { Host } from '../support/private-network.js';
import { type RedisGroup, startRedisGroup } from '../support/redis-group.js';
import { findMeans, type Means } from './means.js';
import type { Random } from './random.js';

const BLOCK_MS = 500;
const SHUTDOWN_TIMEOUT_MS = 5_000;
/** On top of the configured time: closing connections, with two cores for a dozen processes. */
const SHUTDOWN_MARGIN_MS = 6_000;

/** The key of the sellers that deliver once for each payment (`redemption: "resume"`). */
export const RESUMING_KEY = 'chaos-resuming-seller';

export type Tier = 'api' | 'worker';

/** A deployment for faults: two APIs, three workers, and Redis, with every write on a disk before it is acknowledged. */
export type Deployment = {
  readonly stack: Stack;
  readonly redis: RedisGroup;
  readonly means: Means;
  /** The replicas that were not ended, frozen ones included. */
  readonly live: Readonly<Record<Tier, readonly AppProcess[]>>;
  kill(tier: Tier, dice: Random): Promise<void>;
  /** SIGTERM: an orderly stop must end in time. */
  stop(tier: Tier, dice: Random): Promise<void>;
  freeze(tier: Tier, dice: Random, forMs: number): Promise<void>;
  /** The machines of processes, by their names; none where all share one. */
  hosts(names: readonly string[]): Promise<readonly Host[]>;
  /** Waits for every replacement. */
  recover(): Promise<void>;
  close(): Promise<void>;
};

export async function startDeployment(options: {
  readonly redis: 'single' | 'sentinel';
  readonly violate: (what: string) => void;
}): Promise<Deployment> {
  const { violate } = options;
  const directory = await mkdtemp(join(tmpdir(), 'x402-chaos-'));
  guardDirectory(directory);
  const means = await findMeans(directory);
  const { network, clocks, disks } = means;
  const closers: (() => Promise<unknown>)[] = [
    () => rm(directory, { recursive: true, force: true }),
    () => means.close(),
  ];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  const placeOf = async (name: string): Promise<Place> => {
    const place = (await network?.host(name)) ?? LOOPBACK;
    const hasClock = /^(api|worker)-/.test(name);
    return clocks === undefined || !hasClock ? place : { ...place, env: await clocks.environment(name) };
  };
  try {
    const redis = await startRedisGroup({
      kind: options.redis,
      directory,
      placeOf,
      logDirectory: process.env.CHAOS_LOGS,
      ...(disks === undefined ? {} : { directoryOf: disks.mount }),
    });
    closers.push(redis.stop);
    const { host, port, password } = redis.settings;
    const user = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    const stack = await startStack({
      apis: 2,
      workers: 3,
      paywall: false,
      blockMs: BLOCK_MS,
      startedRedis: { url: `redis://${user}${host}:${port}`, origin: 'the group', stop: redis.stop },
      placeOf,
      logDirectory: process.env.CHAOS_LOGS ?? join(directory, 'logs'),
      settings: {
        ...redis.environment,
        X402_WORKER__SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_TIMEOUT_MS),
        X402_CHAIN__VERIFICATION__GRACE_BUFFER_SECONDS: '3',
        // Blocks come forty times as fast as on a public network.
        X402_CHAIN__FOLLOWER__LOOK_AGAIN_SECONDS: '5',
        X402_CHAIN__FOLLOWER__STABILITY_WINDOW_SECONDS: '20',
        X402_SECURITY__PUBLIC_PAYMENTS: 'true',
        X402_SECURITY__API_KEYS: JSON.stringify([
          {
            name: 'resuming',
            sha256: createHash('sha256').update(RESUMING_KEY).digest('hex'),
            redemption: 'resume',
            rateLimit: { global: 100_000, sensitive: 100_000, lookups: 100_000, waits: 1_000 },
          },
        ]),
      },
    });
    closers.push(stack.stop);
    return assemble({ stack, redis, means, violate, closeAll });
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function assemble(parts: {
  readonly stack: Stack;
  readonly redis: RedisGroup;
  readonly means: Means;
  readonly violate: (what: string) => void;
  readonly closeAll: () => Promise<void>;
}): Deployment {
  const { stack, redis, means, violate, closeAll } = parts;
  let closing = false;
  const live: Record<Tier, AppProcess[]> = { api: [...stack.apis], worker: [...stack.workers] };
  const expectedToEnd = new Set<number>();
  const frozen = new Set<AppProcess>();
  const repairs = new Set<Promise<void>>();

  const watch = (app: AppProcess) => {
    void app.process.exited.then(({ code, signal }) => {
      if (closing || expectedToEnd.has(app.process.pid)) return;
      violate(`${app.process.name} ended by itself: ${signal ?? `exit code ${code}`}`);
    });
  };
  for (const app of [...live.api, ...live.worker]) watch(app);

  const victimOf = (tier: Tier, dice: Random): AppProcess | undefined => {
    const able = live[tier].filter((app) => !frozen.has(app));
    if (able.length === 0) return undefined;
    return dice.pick(able);
  };
  const take = (tier: Tier, app: AppProcess) => {
    live[tier].splice(live[tier].indexOf(app), 1);
    expectedToEnd.add(app.process.pid);
  };
  const replace = (tier: Tier, afterMs: number) => {
    const repair = (async () => {
      await sleep(afterMs);
      if (closing) return;
      const app = await (tier === 'api' ? stack.startApi() : stack.startWorker());
      live[tier].push(app);
      watch(app);
    })();
    repairs.add(repair);
    repair.then(
      () => repairs.delete(repair),
      (error: unknown) => {
        repairs.delete(repair);
        if (!closing)
          violate(`a replacement did not start: ${error instanceof Error ? error.message : error}`);
      },
    );
  };

  return {
    stack,
    redis,
    means,
    live,
    async kill(tier, dice) {
      const app = victimOf(tier, dice);
      if (app === undefined) return;
      take(tier, app);
      app.process.signal('SIGKILL');
      await app.process.exited;
      replace(tier, dice.between(0, 2_000));
    },
    async stop(tier, dice) {
      const app = victimOf(tier, dice);
      if (app === undefined) return;
      take(tier, app);
      const startedMs = performance.now();
      const { code, signal } = await app.process.stop(60_000);
      const tookMs = performance.now() - startedMs;
      // The API has open chain look-ups to answer, each with a time-out of its own.
      const limitMs = (tier === 'api' ? 14_000 : SHUTDOWN_TIMEOUT_MS) + SHUTDOWN_MARGIN_MS;
      if (code !== 0) violate(`${app.process.name} ended with ${signal ?? `exit code ${code}`} on SIGTERM`);
      if (tookMs > limitMs) violate(`${app.process.name} took ${Math.round(tookMs)} ms to stop`);
      replace(tier, 0);
    },
    async freeze(tier, dice, forMs) {
      const app = victimOf(tier, dice);
      if (app === undefined) return;
      frozen.add(app);
      app.process.signal('SIGSTOP');
      await sleep(forMs);
      app.process.signal('SIGCONT');
      frozen.delete(app);
    },
    async hosts(names) {
      const { network } = means;
      return network === undefined ? [] : Promise.all(names.map(network.host));
    },
    async recover() {
      for (const app of frozen) app.process.signal('SIGCONT');
      while (repairs.size > 0) await Promise.allSettled([...repairs]);
      await redis.untilWhole();
    },
    async close() {
      closing = true;
      for (const app of frozen) app.process.signal('SIGCONT');
      for (const { process } of redis.nodes) process.signal('SIGCONT');
      await Promise.allSettled([...repairs]);
      await closeAll();
    },
  };
}
