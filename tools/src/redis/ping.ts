import { Redis } from 'ioredis';

/** A connection that gives up at once instead of trying again, for a question or two. */
export async function withConnection<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Without a listener a refused connection is printed; whoever awaits connect() hears of it anyway.
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

/** @throws Error when nothing answers there. */
export async function answersPing(url: string): Promise<boolean> {
  return withConnection(url, async (redis) => (await redis.ping()) === 'PONG');
}
