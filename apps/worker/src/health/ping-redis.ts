import type { RedisConnection } from '@x402-facilitator/journal';
import pTimeout from 'p-timeout';
import type { WorkerHealth } from './health-server.js';

const PATIENCE_MS = 1_000;
const DOWN = { status: 'down', latencyMs: null } as const;

/** Whether Redis answers, and how fast. The worker's connection waits for Redis; this does not. */
export async function pingRedis(redis: RedisConnection): Promise<WorkerHealth['redis']> {
  if (redis.status !== 'ready') return DOWN;
  const startedMs = performance.now();
  const answer = redis.ping().then(
    () => ({ status: 'up', latencyMs: Math.round((performance.now() - startedMs) * 10) / 10 }) as const,
    () => DOWN,
  );
  return pTimeout<WorkerHealth['redis'], WorkerHealth['redis']>(answer, {
    milliseconds: PATIENCE_MS,
    fallback: () => DOWN,
  });
}
