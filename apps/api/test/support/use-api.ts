import { startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll } from 'vitest';
import { type RunningApi, startApi } from './start-api.js';

/** One API and its Redis for all tests of a file. The object is filled when they have started. */
export function useApi(env: Readonly<Record<string, string>> = {}): RunningApi {
  const running = {} as { -readonly [Key in keyof RunningApi]: RunningApi[Key] };
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const redis = await startRedis();
    closers.unshift(() => redis.stop());
    const api = await startApi({ redisUrl: redis.url }, env);
    closers.unshift(() => api.close());
    Object.assign(running, api);
  });
  afterAll(async () => {
    for (const close of closers) await close();
  });
  return running;
}
