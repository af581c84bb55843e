import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Stack } from '@x402-facilitator/tools/stack';

/** What a process has used so far. */
export type ProcessUsage = {
  /** User and system together. */
  readonly cpuSeconds: number;
  readonly residentMegabytes: number;
  /** The most that it ever held resident. */
  readonly peakMegabytes: number;
};

/** `USER_HZ`, which Linux fixes for everything that /proc shows. */
const TICKS_PER_SECOND = 100;

/**
 * Reads what Linux accounts to a process.
 *
 * @throws Error where there is no /proc, or no such process.
 */
export async function usageOf(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The name in parentheses may hold anything: fields are counted from behind it, where the third begins.
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

/** How busy named processes and the whole machine were over a time, each core counting as 1. */
export type Busyness = {
  /** The cores that each process kept busy: 1 is all that a single event loop can. */
  readonly processes: Readonly<Record<string, number>>;
  readonly machine: number;
  readonly cores: number;
};

/** Begins to watch; the function that it gives ends it and says how busy they were. */
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
  return cpus().reduce((sum, { times }) => sum + (times.user + times.nice + times.sys + times.irq) / 1000, 0);
}

/** Cores that all processes of a kind kept busy together: every `worker-N`, say. */
export function coresOf({ processes }: Busyness, kind: string): number {
  const sum = Object.entries(processes)
    .filter(([name]) => name === kind || name.startsWith(`${kind}-`))
    .reduce((total, [, cores]) => total + cores, 0);
  return Math.round(sum * 100) / 100;
}
