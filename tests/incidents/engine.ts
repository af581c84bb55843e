import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { type RedisHandle, type RedisOptions, startRedis } from '@x402-facilitator/tools/redis';
import type { AppProcess, Environment, Stack } from '@x402-facilitator/tools/stack';
import { ROOT } from '@x402-facilitator/tools/stack';
import { z } from 'zod';

/** The services of docker-compose.yml that are processes here. */
export const TIERS = ['api', 'api-2', 'worker'] as const;
export type Tier = (typeof TIERS)[number];

/** Compose's `stop_grace_period`, and how long its healthcheck lets a container be unhealthy. */
const GRACE_MS = 30_000;
const UNHEALTHY_MS = 60_000;

const REDIS = 'redis-prod';
const isTier = (name: string): name is Tier => TIERS.some((tier) => tier === name);

/** The processes that stand for containers, and what starts and stops them when an operator's `docker` asks. */
export type Engine = {
  /** The file that `docker` finds in DOCKER_STANDIN. */
  readonly file: string;
  /** Those that run; a frozen one does. */
  running(): ReadonlyMap<Tier, AppProcess>;
  /** Starts everything. */
  begin(): Promise<void>;
  /** Redis and what it kept are gone, like a machine with its disk. */
  loseRedis(): Promise<void>;
  close(): Promise<void>;
};

type Container = { readonly app: AppProcess; readonly image: string };

const askedSchema = z.object({
  command: z.enum(['up', 'stop', 'start', 'restart']),
  containers: z.array(z.object({ name: z.string(), image: z.string() })),
  wait: z.boolean(),
});

export async function startEngine(options: {
  readonly stack: Stack;
  readonly redis: RedisOptions & {
    readonly port: number;
    readonly password: string;
    readonly directory: string;
  };
  readonly startedRedis: RedisHandle;
  /** For volumes, logs and what `docker` remembers. */
  readonly directory: string;
  /** What the tiers' config.json says now. */
  readonly configuration: () => Environment;
  /** The image that runs at first. */
  readonly tag: string;
  /** How the processes of an image differ from this build. */
  readonly buildOf: (image: string, tier: Tier) => Environment;
  readonly onChange: () => void;
}): Promise<Engine> {
  const { stack, directory, configuration, tag, buildOf, onChange } = options;
  const logs = join(directory, 'container-logs');
  mkdirSync(logs, { recursive: true });
  const file = join(directory, 'engine');
  const containers = new Map<Tier, Container>();
  let redis: RedisHandle | undefined = options.startedRedis;

  const startTier = async (name: Tier, image: string) => {
    const settings = { ...configuration(), ...buildOf(image, name) };
    const start = name === 'worker' ? stack.startWorker : stack.startApi;
    const app = await start(settings, '/live');
    containers.set(name, { app, image });
    const log = join(logs, `${name}-1.log`);
    rmSync(log, { force: true });
    symlinkSync(join(stack.logDirectory, `${app.process.name}.log`), log);
    write();
    onChange();
  };
  const stopTier = async (name: Tier) => {
    const container = containers.get(name);
    await container?.app.process.stop(GRACE_MS);
    containers.delete(name);
    onChange();
  };
  const healthy = async (name: Tier, isAsked: () => boolean) => {
    const path = name === 'worker' ? '/health' : '/ready';
    const startedMs = performance.now();
    while (performance.now() - startedMs < UNHEALTHY_MS && isAsked()) {
      const url = containers.get(name)?.app.url;
      const isOk = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(4_000) }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isOk) return;
      await sleep(500);
    }
    throw new Error(`container x402-facilitator-${name}-1 is unhealthy`);
  };
  const startRedisAgain = async () => {
    redis ??= await startRedis(options.redis);
  };

  const obey = async (
    { command, containers: asked, wait }: z.infer<typeof askedSchema>,
    isAsked: () => boolean,
  ) => {
    if (command !== 'stop' && asked.some(({ name }) => name === REDIS)) await startRedisAgain();
    await Promise.all(
      asked.map(async ({ name, image }) => {
        if (!isTier(name)) return;
        const now = containers.get(name);
        if (command === 'stop') return stopTier(name);
        if (command === 'restart' || (command === 'up' && now?.image !== image)) await stopTier(name);
        if (containers.has(name)) return;
        await startTier(name, command === 'up' ? image : (now?.image ?? image));
        if (wait) await healthy(name, isAsked);
      }),
    );
    if (command === 'stop' && asked.some(({ name }) => name === REDIS)) {
      await redis?.stop();
      redis = undefined;
    }
  };

  const server = createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const asked = askedSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
      await obey(asked, () => !response.destroyed);
      response.end();
    } catch (error) {
      response.writeHead(500).end(`${error instanceof Error ? error.message : error}\n`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const control = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const write = () =>
    writeFileSync(
      file,
      JSON.stringify({
        root: ROOT,
        api: containers.get('api')?.app.url ?? 'http://127.0.0.1:1',
        worker: containers.get('worker')?.app.url ?? 'http://127.0.0.1:1',
        redisPort: options.redis.port,
        password: options.redis.password,
        logs,
        state: directory,
        settings: { ...stack.settings, ...configuration() },
        control,
      }),
    );

  return {
    file,
    running: () => new Map([...containers].map(([name, { app }]) => [name, app])),
    async begin() {
      const images = ['api', 'worker'].map((tier) => `x402-facilitator/${tier}:${tag}`);
      writeFileSync(join(directory, 'engine.json'), JSON.stringify({ images, stopped: [] }));
      await Promise.all(
        TIERS.map((name) => startTier(name, `x402-facilitator/${name.replace('-2', '')}:${tag}`)),
      );
      await Promise.all(TIERS.map((name) => healthy(name, () => true)));
    },
    async loseRedis() {
      if (redis?.pid === undefined) throw new Error('expected a Redis of our own');
      const { pid } = redis;
      process.kill(pid, 'SIGKILL');
      await redis.stop();
      redis = undefined;
      await waitUntil(async () => !isAlive(pid), { what: 'Redis to be gone' });
      rmSync(options.redis.directory, { recursive: true });
      mkdirSync(options.redis.directory);
    },
    async close() {
      for (const { app } of containers.values()) app.process.signal('SIGCONT');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await redis?.stop();
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
