import { findProgram } from '../processes/index.js';
import { installRedis, SERVERS } from './install-redis.js';
import { type RedisHandle, type RedisOptions, RedisUnavailableError } from './options.js';
import { dockerAnswers, startRedisContainer } from './redis-container.js';
import { startRedisServer } from './redis-server.js';
import { takeLogicalDatabase } from './shared-server.js';

/**
 * Gives a demo, a test run or a benchmark its own Redis: an empty logical database of `REDIS_URL`, else a server from a binary
 * on PATH, else a container, else a binary that apt-get or brew installs. It does not outlive this process.
 *
 * @throws RedisUnavailableError when none of these works
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisHandle> {
  const { env = process.env, exclusive = false, usualPlaces, announce = () => {} } = options;
  if (env.REDIS_URL !== undefined && env.REDIS_URL !== '' && !exclusive)
    return takeLogicalDatabase(env.REDIS_URL);
  const binary = await findProgram(SERVERS, env, usualPlaces);
  if (binary !== undefined) return startRedisServer(binary, options);
  if (await dockerAnswers(env)) return startRedisContainer(options);

  const installation = await installRedis({ env, announce, usualPlaces });
  if (installation.kind === 'installed') return startRedisServer(installation.binary, options);
  throw new RedisUnavailableError(
    [
      `Redis is needed and there is none: ${installation.reason}.`,
      'Give one in any of these ways and run the same command again:',
      '  - set REDIS_URL, for example REDIS_URL=redis://127.0.0.1:6379 (an empty logical database of it is used);',
      '  - put redis-server or valkey-server (6.2 or later) on PATH;',
      '  - start Docker, so that `docker info` works;',
      '  - install it: `sudo apt-get install redis-server`, or `brew install redis`.',
    ].join('\n'),
  );
}
