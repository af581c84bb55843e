import type { RedisConnection } from '@x402-facilitator/journal';

const PATIENCE_MS = 1_000;

/** Whether Redis answers, and how fast. A worker's connection waits for Redis: this does not. */
export async function pingRedis(
  redis: RedisConnection,
): Promise<{ readonly status: 'up' | 'down'; readonly latencyMs: number | null }> {
  const down = { status: 'down', latencyMs: null } as const;
  if (redis.status !== 'ready') return down;
  const startedMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<typeof down>((resolve) => {
    timer = setTimeout(() => resolve(down), PATIENCE_MS);
  });
  const answer = redis.ping().then(
    () => ({ status: 'up', latencyMs: Math.round((performance.now() - startedMs) * 10) / 10 }) as const,
    () => down,
  );
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
