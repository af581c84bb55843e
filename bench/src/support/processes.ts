import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type ManagedProcess, startProcess } from '@x402-facilitator/tools/processes';
import { baseEnvironment, ROOT, type Stack } from '@x402-facilitator/tools/stack';
import { sum } from './statistics.js';

/** The heap limit that the worker's image sets (Dockerfile). */
export const WORKER_HEAP_LIMIT = '--max-old-space-size=256';

/** What a process has used so far. */
export type ProcessUsage = {
  /** User and system time together. */
  readonly cpuSeconds: number;
  readonly residentMegabytes: number;
  /** The highest that it ever was. */
  readonly peakMegabytes: number;
};

/** `USER_HZ`: Linux fixes it for everything that /proc shows. */
const TICKS_PER_SECOND = 100;

/**
 * Reads from Linux what a process has used.
 *
 * @param pid its id, or `ID/task/THREAD` for one of its threads
 * @throws Error without /proc, or without such a process
 */
export async function usageOf(pid: number | string): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The name in parentheses may hold anything, so count from behind it: there the third field begins.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  const megabytes = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 102.4) / 10;
  return {
    cpuSeconds: (userTicks + systemTicks) / TICKS_PER_SECOND,
    residentMegabytes: megabytes('VmRSS'),
    peakMegabytes: megabytes('VmHWM'),
  };
}

/** The running processes of a stack, as `api-1`, `worker-2`, `devnet` and `redis`. */
export function processesOf({ apis, workers, devnet, redis }: Stack): Record<string, number> {
  const replicas = [...apis, ...workers].filter(({ process }) => process.isRunning());
  return {
    ...Object.fromEntries(replicas.map(({ process }) => [process.name, process.pid])),
    devnet: devnet.process.pid,
    ...(redis.pid === undefined ? {} : { redis: redis.pid }),
  };
}

/** How busy some processes and the whole machine were. Each core counts as 1. */
export type Busyness = {
  /** The cores that each process kept busy. A single event loop can use no more than 1. */
  readonly processes: Readonly<Record<string, number>>;
  readonly machine: number;
  readonly cores: number;
};

/** Begins to watch. Call what it returns to end that, and to get how busy they were. */
export async function watchBusyness(
  processes: Readonly<Record<string, number>>,
): Promise<() => Promise<Busyness>> {
  const read = async () => {
    const entries = Object.entries(processes).map(
      async ([name, pid]) => [name, (await usageOf(pid)).cpuSeconds] as const,
    );
    return { each: new Map(await Promise.all(entries)), machine: machineSeconds(), atMs: performance.now() };
  };
  const before = await read();
  return async () => {
    const after = await read();
    const seconds = (after.atMs - before.atMs) / 1000;
    const share = (used: number) => Math.round((used / seconds) * 100) / 100;
    return {
      processes: Object.fromEntries(
        [...after.each].map(([name, used]) => [name, share(used - (before.each.get(name) ?? 0))]),
      ),
      machine: share(after.machine - before.machine),
      cores: cpus().length,
    };
  };
}

/** Seconds that all cores together were busy. */
function machineSeconds(): number {
  return sum(cpus().map(({ times }) => (times.user + times.nice + times.sys + times.irq) / 1000));
}

/** Cores that all processes of a kind kept busy together, for example every `worker-N`. */
export function coresOf({ processes }: Busyness, kind: string): number {
  const cores = Object.entries(processes)
    .filter(([name]) => name === kind || name.startsWith(`${kind}-`))
    .map(([, each]) => each);
  return Math.round(sum(cores) * 100) / 100;
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
