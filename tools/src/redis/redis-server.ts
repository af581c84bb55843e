import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  freePort,
  guardDirectory,
  type ManagedProcess,
  ProcessStartError,
  startProcess,
} from '../processes/index.js';
import type { RedisHandle, RedisOptions } from './options.js';
import { answersPing } from './ping.js';

/** The settings that settlement.md demands of a deployment, as command line arguments. */
export function serverArguments({ persistence = 'off' }: RedisOptions): string[] {
  return [
    ...['--save', ''],
    ...['--maxmemory-policy', 'noeviction'],
    ...['--databases', '16'],
    ...(persistence === 'off'
      ? ['--appendonly', 'no']
      : ['--appendonly', 'yes', '--appendfsync', persistence]),
  ];
}

/** Starts `binary` on a free loopback port, with a data directory of its own. */
export async function startRedisServer(binary: string, options: RedisOptions): Promise<RedisHandle> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'x402-redis-')));
  if (options.directory === undefined) guardDirectory(directory);
  else await mkdir(directory, { recursive: true });

  const { server, port } = await startOnFreePort(binary, directory, options);
  return {
    url: `redis://127.0.0.1:${port}`,
    origin: `${binary}, private on port ${port}`,
    pid: server.pid,
    async stop() {
      await server.stop(5_000);
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

async function startOnFreePort(
  binary: string,
  directory: string,
  options: RedisOptions,
): Promise<{ server: ManagedProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    try {
      const server = await startProcess({
        name: 'Redis',
        command: binary,
        args: [
          ...['--bind', '127.0.0.1', '--port', String(port)],
          ...['--daemonize', 'no', '--dir', directory],
          ...serverArguments(options),
        ],
        ready: { kind: 'probe', probe: () => answersPing(`redis://127.0.0.1:${port}`) },
        readyTimeoutMs: 20_000,
      });
      return { server, port };
    } catch (error) {
      const taken =
        error instanceof ProcessStartError &&
        error.output.some((line) => /address already in use/i.test(line));
      if (!taken || options.port !== undefined || attempt === 5) throw error;
    }
  }
}
