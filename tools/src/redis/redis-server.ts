import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardDirectory, onFreePort, startProcess } from '../processes/index.js';
import type { RedisHandle, RedisOptions } from './options.js';

/** The settings that docs/settlement.md asks of a deployment, as command line arguments. */
export function serverArguments({ persistence = 'off', password, settings = {} }: RedisOptions): string[] {
  return [
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...['--save', ''],
    ...['--maxmemory-policy', 'noeviction'],
    ...['--databases', '16'],
    ...(persistence === 'off'
      ? ['--appendonly', 'no']
      : ['--appendonly', 'yes', '--appendfsync', persistence]),
    ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
  ];
}

/** The URL of a server on a loopback port, with its password if it has one. */
export function serverUrl(port: number, { password }: RedisOptions): string {
  const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  return `redis://${credentials}127.0.0.1:${port}`;
}

/** Starts `binary` on a free loopback port, with a data directory of its own. */
export async function startRedisServer(binary: string, options: RedisOptions): Promise<RedisHandle> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'x402-redis-')));
  if (options.directory === undefined) guardDirectory(directory);
  else await mkdir(directory, { recursive: true });

  const startOn = async (port: number) => ({
    port,
    server: await startProcess({
      name: 'Redis',
      command: binary,
      args: [
        ...['--bind', '127.0.0.1', '--port', String(port)],
        ...['--daemonize', 'no', '--dir', directory],
        ...serverArguments(options),
      ],
      // Its own log line: a ping could reach another server that took the port a moment earlier.
      ready: { kind: 'line', matches: (line) => line.includes('Ready to accept connections') },
    }),
  });
  const { server, port } = await (options.port === undefined ? onFreePort(startOn) : startOn(options.port));
  return {
    url: serverUrl(port, options),
    origin: `${binary}, private on port ${port}`,
    pid: server.pid,
    async stop() {
      await server.stop(5_000);
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}
