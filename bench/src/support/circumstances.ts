import { execFile } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { startRedis } from '@x402-facilitator/tools/redis';
import { ROOT } from '@x402-facilitator/tools/stack';
import { Redis } from 'ioredis';

/** Where figures come from. Without it they mean nothing. */
export type Circumstances = {
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGigabytes: number;
    readonly system: string;
  };
  readonly versions: { readonly node: string; readonly redis: string; readonly commit: string };
};

export async function readCircumstances(): Promise<Circumstances> {
  const cores = cpus();
  return {
    machine: {
      processor: cores[0]?.model.trim() ?? 'unknown',
      cores: cores.length,
      memoryGigabytes: Math.round(totalmem() / 2 ** 30),
      system: `${process.platform} ${release()}`,
    },
    versions: { node: process.version, redis: await redisVersion(), commit: await commit() },
  };
}

/** The version of the server that the benchmarks start. */
async function redisVersion(): Promise<string> {
  const server = await startRedis({ exclusive: true });
  const redis = new Redis(server.url);
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

/** `unknown` in a checkout without git. */
async function commit(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
      cwd: ROOT,
    });
    return stdout.trim();
  } catch {
    return 'unknown';
  }
}
