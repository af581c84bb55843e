import { setTimeout as sleep } from 'node:timers/promises';
import type { AppProcess } from '@x402-facilitator/tools/stack';
import type { Redis } from 'ioredis';
import { type EventLoopDelay, scrapeEventLoopDelay, usageOf } from '../support/index.js';

/** How things stand at one moment. */
export type Sample = {
  /** Since the first payment. */
  readonly seconds: number;
  readonly apiMegabytes: number;
  readonly workerMegabytes: number;
  readonly redisMegabytes: number;
  /** Since the sample before. */
  readonly apiDelay: EventLoopDelay;
  readonly workerDelay: EventLoopDelay;
};

export type Watched = { readonly api: AppProcess; readonly worker: AppProcess; readonly redis: Redis };

/** Takes samples until the signal fires; the last one then. */
export async function sampleUntil(
  watched: Watched,
  everyMs: number,
  over: AbortSignal,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const startedMs = performance.now();
  while (!over.aborted) {
    samples.push(await sample(watched, startedMs));
    await sleep(everyMs, undefined, { signal: over }).catch(() => undefined);
  }
  samples.push(await sample(watched, startedMs));
  return samples;
}

async function sample({ api, worker, redis }: Watched, startedMs: number): Promise<Sample> {
  const [ofApi, ofWorker, apiDelay, workerDelay, memory] = await Promise.all([
    usageOf(api.process.pid),
    usageOf(worker.process.pid),
    scrapeEventLoopDelay(`${api.url}/metrics`),
    scrapeEventLoopDelay(`${worker.url}/metrics`),
    readRedis(redis),
  ]);
  return {
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    apiMegabytes: ofApi.residentMegabytes,
    workerMegabytes: ofWorker.residentMegabytes,
    redisMegabytes: Math.round((memory.usedBytes / 2 ** 20) * 10) / 10,
    ...{ apiDelay, workerDelay },
  };
}

export type RedisUsage = {
  readonly usedBytes: number;
  /** All commands since the server started, those that scripts call included. */
  readonly commands: number;
  /** Scripts among them. */
  readonly scripts: number;
};

export async function readRedis(redis: Redis): Promise<RedisUsage> {
  const [memory, stats, commands] = await Promise.all(
    ['memory', 'stats', 'commandstats'].map((section) => redis.info(section)),
  );
  const numberOf = (text: string | undefined, name: string) =>
    Number(new RegExp(`^${name}:(?:calls=)?(\\d+)`, 'm').exec(text ?? '')?.[1] ?? 0);
  return {
    usedBytes: numberOf(memory, 'used_memory'),
    commands: numberOf(stats, 'total_commands_processed'),
    scripts: numberOf(commands, 'cmdstat_evalsha') + numberOf(commands, 'cmdstat_eval'),
  };
}
