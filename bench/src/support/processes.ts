import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { type ManagedProcess, startProcess } from '@x402-facilitator/tools/processes';
import { baseEnvironment, ROOT, type Stack } from '@x402-facilitator/tools/stack';

/** The heap limit that the worker's image sets (Dockerfile). */
export const WORKER_HEAP_LIMIT = '--max-old-space-size=256';

/** The running processes of a stack, as `api-1`, `worker-2`, `devnet` and `redis`. */
export function processesOf({ apis, workers, devnet, redis }: Stack): Record<string, number> {
  const replicas = [...apis, ...workers].filter(({ process }) => process.isRunning());
  return {
    ...Object.fromEntries(replicas.map(({ process }) => [process.name, process.pid])),
    devnet: devnet.process.pid,
    ...(redis.pid === undefined ? {} : { redis: redis.pid }),
  };
}

/** How late the event loop was since the last scrape, in milliseconds. Node measures it, and each scrape starts it anew. */
export type EventLoopDelay = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };

export async function scrapeEventLoopDelay(processUrl: string): Promise<EventLoopDelay> {
  const response = await fetch(`${processUrl}/metrics`);
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${response.url} answered ${response.status}`);
  const ms = (name: string) => {
    const [, seconds] =
      new RegExp(`^nodejs_eventloop_lag_${name}_seconds ([0-9.e+-]+)$`, 'm').exec(text) ?? [];
    return Math.round(Number(seconds ?? 0) * 1e4) / 10;
  };
  return { p50Ms: ms('p50'), p99Ms: ms('p99'), maxMs: ms('max') };
}

/** Lets a server listen on a free loopback port. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Starts the floor: what Fastify takes on this machine to read the same body, judge it by the same schema, and answer. */
export async function startBareServer(): Promise<{ readonly url: string; readonly process: ManagedProcess }> {
  const server = await startProcess({
    name: 'bare route',
    command: process.execPath,
    args: [join(ROOT, 'bench/dist/verify/bare-server.js')],
    env: baseEnvironment(),
    ready: { kind: 'line', matches: (line) => line.startsWith('http') },
  });
  return { url: server.readyLine ?? '', process: server };
}
