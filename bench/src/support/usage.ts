import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { sum } from './statistics.js';

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
