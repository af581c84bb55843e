import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { freePort, startProcess } from '../processes/index.js';
import type { RedisHandle, RedisOptions } from './options.js';
import { answersPing } from './ping.js';
import { serverArguments, serverUrl } from './redis-server.js';

const IMAGE = 'redis:7-alpine';

const run = promisify(execFile);

/** True when `docker info` works. A client without a daemon is not enough. */
export async function dockerAnswers(env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await run('docker', ['info'], { env, timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** Starts Redis in a container that listens on loopback only and is removed when it stops. */
export async function startRedisContainer(options: RedisOptions): Promise<RedisHandle> {
  const { env = process.env, announce = () => {} } = options;
  const port = options.port ?? (await freePort());
  const name = `x402-redis-${randomUUID()}`;
  const url = serverUrl(port, options);
  announce(`Starting Redis from ${IMAGE} in Docker`);
  // In the foreground: the client passes SIGTERM on, from this process or from its guard.
  const container = await startProcess({
    name: `Redis in Docker (${IMAGE})`,
    command: 'docker',
    args: [
      ...['run', '--rm', '--name', name, '--publish', `127.0.0.1:${port}:6379`],
      ...(options.directory === undefined ? [] : ['--volume', `${options.directory}:/data`]),
      ...[IMAGE, 'redis-server', ...serverArguments(options)],
    ],
    env,
    ready: { kind: 'probe', probe: () => answersPing(url) },
    // Docker may first have to fetch the image.
    readyTimeoutMs: 180_000,
  });
  return {
    url,
    origin: `${IMAGE} in Docker on port ${port}`,
    async stop() {
      const { signal } = await container.stop(10_000);
      if (signal === 'SIGKILL') await run('docker', ['rm', '--force', name], { env });
    },
  };
}
