import { Redis } from 'ioredis';

/** A connection for a question or two. It does not try again when it fails. */
export async function withConnection<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Without a listener ioredis prints a refused connection; connect() rejects with it anyway.
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

/** @throws Error when nothing answers there */
export async function answersPing(url: string): Promise<boolean> {
  return withConnection(url, async (redis) => (await redis.ping()) === 'PONG');
}
