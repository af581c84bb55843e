import { randomBytes } from 'node:crypto';
import { connectRedis, disconnectRedis, redisSettingsFromUrl } from '@x402-facilitator/journal';
import type { Stack } from '@x402-facilitator/tools/stack';
import { Queue } from 'bullmq';
import { rounded } from '../support/index.js';

/**
 * What handing a job to BullMQ costs on this machine, and nothing else: `queue.add` per second with so many under way.
 *
 * @param milliseconds for how long.
 */
export async function measureQueueAdd(
  stack: Stack,
  concurrency: number,
  milliseconds: number,
): Promise<number> {
  const redis = connectRedis({
    settings: redisSettingsFromUrl(stack.redis.url),
    role: 'worker',
    name: 'bench-queue',
    onError: () => undefined,
  });
  const queue = new Queue('bench-baseline', { connection: redis, prefix: '{x402}', skipVersionCheck: true });
  try {
    await queue.waitUntilReady();
    let added = 0;
    const startedMs = performance.now();
    const add = async () => {
      while (performance.now() - startedMs < milliseconds) {
        const jobId = randomBytes(32).toString('hex');
        await queue.add('submit', { network: stack.network, transaction: jobId }, { jobId });
        added += 1;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, add));
    return rounded((added * 1000) / (performance.now() - startedMs));
  } finally {
    await queue.obliterate({ force: true });
    await queue.close();
    await disconnectRedis(redis);
  }
}
