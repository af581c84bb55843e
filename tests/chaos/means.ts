import { execFile } from 'node:child_process';
import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  findProgram,
  guardCommand,
  type ManagedProcess,
  startProcess,
} from '@x402-facilitator/tools/processes';
import { hasRights } from '../support/or-skip.js';
import { openPrivateNetwork, type PrivateNetwork } from '../support/private-network.js';

const run = promisify(execFile);

/** Clocks that processes can be given, each off by its own number of seconds. */
export type Clocks = {
  /** The environment of a process whose clock has this name. */
  environment(name: string): Promise<Readonly<Record<string, string>>>;
  /** Running processes notice within a second. Only the time of day moves, not the time that passes. */
  set(name: string, seconds: number): Promise<void>;
};

/** Makes every sync of a process's files to the disk take this much longer, until it is called off. */
export type SlowDisk = (pid: number, delayMs: number) => Promise<() => Promise<void>>;

/** Small disks of their own. */
export type Disks = {
  /** An empty one. */
  mount(name: string): Promise<string>;
  /** Takes away all the room that is left; what it returns gives it back. */
  fill(name: string): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

/** What the machine and the user allow. */
export type Means = {
  readonly network: PrivateNetwork | undefined;
  readonly clocks: Clocks | undefined;
  readonly slowDisk: SlowDisk | undefined;
  readonly disks: Disks | undefined;
  /** Why each of the others is not there. */
  readonly missing: readonly string[];
  close(): Promise<void>;
};

/** @throws Error in CI, where a process with the rights must have them all */
export async function findMeans(directory: string): Promise<Means> {
  const missing: string[] = [];
  const orMissing = <T>(found: T | string): T | undefined => {
    if (typeof found !== 'string') return found;
    missing.push(found);
    return undefined;
  };
  const network = orMissing(await openPrivateNetwork());
  const clocks = orMissing(await findClocks(join(directory, 'clocks')));
  const slowDisk = orMissing(await findSlowDisk());
  const disks = orMissing(await findDisks(join(directory, 'disks')));
  const close = async () => {
    await disks?.close();
    await network?.close();
  };
  if (missing.length > 0 && process.env.CI && hasRights()) {
    await close();
    throw new Error(`faults that cannot be caused here: ${missing.join('; ')}`);
  }
  return { network, clocks, slowDisk, disks, missing, close };
}

/** The library that the program loads into others. */
async function readPreload(faketime: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { stdout } = await run(faketime, ['-m', '-f', '+0s', 'printenv', 'LD_PRELOAD']);
      return stdout.trim();
    } catch (error) {
      // It names a semaphore by its process id, and that of a killed process with the same id may still be there.
      if (attempt === 5) throw error;
    }
  }
}

async function findClocks(directory: string): Promise<Clocks | string> {
  const faketime = await findProgram(['faketime']);
  if (faketime === undefined) return 'no clock can be set without `faketime`';
  const library = await readPreload(faketime);
  await mkdir(directory, { recursive: true });
  const set = (name: string, seconds: number) =>
    writeFile(join(directory, name), `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}s\n`);
  return {
    set,
    async environment(name) {
      await set(name, 0);
      return {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: join(directory, name),
        FAKETIME_CACHE_DURATION: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
        FAKETIME_DONT_RESET: '1',
      };
    },
  };
}

async function findSlowDisk(): Promise<SlowDisk | string> {
  const strace = await findProgram(['strace']);
  if (strace === undefined) return 'no disk can be slowed down without `strace`';
  const works = await run(strace, ['-e', 'trace=fdatasync', 'true']).then(
    () => true,
    () => false,
  );
  if (!works) return 'no disk can be slowed down: `strace` may trace nothing here';
  return async (pid, delayMs) => {
    const tracing: ManagedProcess = await startProcess({
      name: 'strace',
      command: strace,
      // The kernel's own call is delayed, so Redis waits as it does for a slow disk.
      args: [
        ...['-f', '-e', 'trace=fdatasync,fsync', '-e', 'signal=none', '-o', '/dev/null'],
        ...['-e', `inject=fdatasync,fsync:delay_enter=${delayMs * 1_000}`, '-p', String(pid)],
      ],
      ready: { kind: 'line', matches: (line) => line.includes('attached') },
      readyTimeoutMs: 5_000,
    });
    return async () => {
      await tracing.stop(5_000);
    };
  };
}

const DISK_MB = 512;

/** @returns the reason in words where this machine or user cannot have them */
export async function findDisks(directory: string): Promise<Disks | string> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'no disk can be filled: a tmpfs needs root';
  const mount = async (name: string) => {
    const at = join(directory, name);
    await mkdir(at, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'x402-test', at]);
    guardCommand(`umount -l '${at}' 2>/dev/null`);
    return at;
  };
  const probe = await mount('probe').catch((error: Error) => error);
  if (typeof probe !== 'string') return `no disk can be filled: ${probe.message.trim()}`;
  const mounted = [probe];
  return {
    async mount(name) {
      const at = await mount(name);
      mounted.push(at);
      return at;
    },
    async fill(name) {
      const at = join(directory, name);
      const resize = (size: string) => run('mount', ['-o', `remount,size=${size}`, at]);
      // What is written between the look and the resize makes it fail.
      for (let attempt = 1; ; attempt += 1) {
        const { blocks, bfree, bsize } = await statfs(at);
        const isFull = await resize(String((blocks - bfree) * bsize)).then(
          () => true,
          () => false,
        );
        if (isFull) break;
        if (attempt === 20) throw new Error(`${at} cannot be filled`);
        await sleep(20);
      }
      return async () => {
        await resize(`${DISK_MB}m`);
      };
    },
    async close() {
      for (const at of mounted.splice(0)) await run('umount', ['-l', at]).catch(() => undefined);
    },
  };
}
