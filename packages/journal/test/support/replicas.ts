import { readFile } from 'node:fs/promises';
import { connectRedis, redisSettingsFromUrl } from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';

export type RedisNode = {
  readonly url: string;
  readonly port: number;
  readonly redis: Redis;
  /** Sends a signal to its process: SIGCONT, SIGKILL. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when its process stands still: until then it may acknowledge a write. */
  stop(): Promise<void>;
};

/** On Linux, `T` for a process that was stopped; elsewhere the signal has to do. */
async function stateOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'T';
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).at(0);
}

/** A primary and its replicas, as processes of their own. The first node is the primary. */
export async function startReplicated(
  replicas: number,
): Promise<{ readonly nodes: readonly RedisNode[]; close(): Promise<void> }> {
  const servers = await Promise.all(
    Array.from({ length: replicas + 1 }, () =>
      startRedis({
        exclusive: true,
        persistence: 'always',
        settings: { 'repl-diskless-sync-delay': '0', 'repl-ping-replica-period': '1' },
      }),
    ),
  );
  const nodes = servers.map(({ url, pid }): RedisNode => {
    const settings = redisSettingsFromUrl(url);
    const redis = connectRedis({ settings, role: 'worker', name: 'node', onError: () => undefined });
    if (pid === undefined) throw new Error('expected a server of our own');
    return {
      url,
      port: settings.port,
      redis,
      signal(signal) {
        process.kill(pid, signal);
      },
      async stop() {
        process.kill(pid, 'SIGSTOP');
        await expect.poll(() => stateOf(pid)).toBe('T');
      },
    };
  });
  const [primary, ...others] = nodes;
  if (primary === undefined) throw new RangeError('expected a primary');
  for (const { redis } of others) await redis.replicaof('127.0.0.1', primary.port);
  await expect
    .poll(() => primary.redis.info('replication'))
    .toSatisfy((info: string) => [...info.matchAll(/state=online/g)].length === replicas);
  return {
    nodes,
    async close() {
      for (const { redis } of nodes) redis.disconnect();
      for (const node of nodes) {
        try {
          node.signal('SIGCONT');
        } catch {
          // It was killed.
        }
      }
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}
