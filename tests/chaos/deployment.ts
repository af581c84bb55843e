import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardDirectory } from '@x402-facilitator/tools/processes';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { type AppProcess, type Stack, startStack } from '@x402-facilitator/tools/stack';
import type { Random } from './random.js';

const BLOCK_MS = 500;
const SHUTDOWN_TIMEOUT_MS = 5_000;
/** On top of the configured time: closing connections, with two cores for a dozen processes. */
const SHUTDOWN_MARGIN_MS = 6_000;

type Tier = 'api' | 'worker';

/** A deployment for faults: two APIs, three workers, and a Redis that syncs every write to disk. */
export type Deployment = {
  readonly stack: Stack;
  /** The replicas that were not ended, frozen ones included. */
  readonly live: Readonly<Record<Tier, readonly AppProcess[]>>;
  kill(tier: Tier, dice: Random): Promise<void>;
  /** SIGTERM: an orderly stop must end in time. */
  stop(tier: Tier, dice: Random): Promise<void>;
  freeze(tier: Tier, dice: Random, forMs: number): Promise<void>;
  bounceRedis(signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<void>;
  /** Resumes frozen processes and waits for every replacement. */
  recover(): Promise<void>;
  close(): Promise<void>;
};

export async function startDeployment(violate: (what: string) => void): Promise<Deployment> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-chaos-'));
  guardDirectory(directory);
  const redisOptions = {
    exclusive: true,
    persistence: 'always',
    directory: join(directory, 'redis'),
  } as const;
  const stack = await startStack({
    apis: 2,
    workers: 3,
    paywall: false,
    blockMs: BLOCK_MS,
    redis: redisOptions,
    logDirectory: process.env.CHAOS_LOGS ?? join(directory, 'logs'),
    settings: {
      X402_WORKER__SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_TIMEOUT_MS),
      X402_CHAIN__VERIFICATION__GRACE_BUFFER_SECONDS: '3',
      // Blocks come forty times as fast as on a public network.
      X402_CHAIN__FOLLOWER__LOOK_AGAIN_SECONDS: '5',
      X402_CHAIN__FOLLOWER__STABILITY_WINDOW_SECONDS: '20',
    },
  });
  const port = Number(new URL(stack.redis.url).port);
  let redis: RedisHandle = stack.redis;
  let closing = false;
  const live: Record<Tier, AppProcess[]> = { api: [...stack.apis], worker: [...stack.workers] };
  const expectedToEnd = new Set<number>();
  const frozen = new Set<AppProcess>();
  const repairs = new Set<Promise<void>>();
  let redisRepair = Promise.resolve();

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
    async bounceRedis(signal, downMs) {
      redisRepair = redisRepair.then(async () => {
        const { pid } = redis;
        if (pid === undefined)
          throw new Error('chaos needs a redis-server that it may kill, found another kind');
        process.kill(pid, signal);
        await redis.stop();
        await sleep(downMs);
        redis = await startRedis({ ...redisOptions, port });
      });
      await redisRepair;
    },
    async recover() {
      await redisRepair;
      for (const app of frozen) app.process.signal('SIGCONT');
      while (repairs.size > 0) await Promise.allSettled([...repairs]);
    },
    async close() {
      closing = true;
      for (const app of frozen) app.process.signal('SIGCONT');
      await Promise.allSettled([...repairs]);
      await stack.stop();
      await redis.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
