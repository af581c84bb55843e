import { type RedisHandle, startRedis } from '../redis/index.js';
import { answersPing } from '../redis/ping.js';

/** Where the Redis of `docker compose up` listens. */
const COMPOSE_URL = 'redis://127.0.0.1:6379';

/** The Redis of a developer's session: REDIS_URL, else the one of docker compose, else a private one. Data stays in the first two. */
export async function chooseRedis(
  env: NodeJS.ProcessEnv,
  announce: (message: string) => void,
): Promise<RedisHandle> {
  if (env.REDIS_URL !== undefined && env.REDIS_URL !== '') return asItIs(env.REDIS_URL, 'REDIS_URL');
  if (await answersPing(COMPOSE_URL).catch(() => false)) return asItIs(COMPOSE_URL, 'docker compose');
  return startRedis({ env, exclusive: true, persistence: 'everysec', announce });
}

function asItIs(url: string, origin: string): RedisHandle {
  return { url, origin, stop: () => Promise.resolve() };
}
