import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import pTimeout from 'p-timeout';
import { guardProcess, releaseProcess } from './guard.js';
import { collectOutput, type Output } from './output.js';
import { LOOPBACK, type Place } from './place.js';
import { type Readiness, waitUntilReady } from './readiness.js';

export type ProcessExit = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
};

export type ManagedProcess = {
  readonly name: string;
  readonly pid: number;
  readonly output: Output;
  readonly logFile?: string;
  /** The line that showed that it is ready, where `ready` asks for one. */
  readonly readyLine?: string;
  /** Resolves when the process has ended and its output is read. */
  readonly exited: Promise<ProcessExit>;
  isRunning(): boolean;
  /** Sends a signal to this process only; does nothing when it has ended. */
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL after `graceMs` (default 15 000). Safe to call twice. */
  stop(graceMs?: number): Promise<ProcessExit>;
};

export type ProcessOptions = {
  /** Its name in messages. */
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  /** Where it runs; on this machine's loopback by default. */
  readonly place?: Place;
  /** The whole environment; by default that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Appended to. */
  readonly logFile?: string;
  /** When it counts as ready; by default at once. */
  readonly ready?: Readiness;
  readonly readyTimeoutMs?: number;
};

/** A process did not start, or ended before it was ready. */
export class ProcessStartError extends Error {
  override readonly name = 'ProcessStartError';
  readonly processName: string;
  /** The last lines that it printed. */
  readonly output: readonly string[];

  constructor(processName: string, reason: string, output: readonly string[]) {
    const said = output.length === 0 ? 'It printed nothing.' : `It printed last:\n${output.join('\n')}`;
    super(`${processName} ${reason}. ${said}`);
    this.processName = processName;
    this.output = output;
  }
}

/**
 * Starts a process and resolves when it is ready. It is a child of this process, so signals and exit codes are its own, and it
 * never outlives this process.
 *
 * @throws ProcessStartError when it cannot be started, ends early, or is not ready in time (then it is stopped)
 */
export async function startProcess(options: ProcessOptions): Promise<ManagedProcess> {
  const { name, env = process.env, cwd, logFile, readyTimeoutMs = 60_000, place = LOOPBACK } = options;
  const [command = '', ...args] = [...place.enter, options.command, ...(options.args ?? [])];
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(command, args, {
    env: { ...env, ...place.env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl+C then reaches only this process, which stops things in order, and killing the group also ends
    // what it started.
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw new ProcessStartError(name, `did not start: ${error.message}`, []);
  }
  guardProcess(pid);

  const output = collectOutput({ stdout: child.stdout, stderr: child.stderr }, logFile);
  let running = true;
  child.on('error', () => {
    // A signal could not be delivered. 'exit' tells what matters.
  });
  child.once('exit', () => {
    running = false;
    releaseProcess(pid);
  });
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', async (code, signal) => {
      // A process that it started may keep its output open.
      await pTimeout(output.finished, { milliseconds: 1_000, fallback: () => undefined });
      resolve({ code, signal });
    });
  });

  const managed: ManagedProcess = {
    name,
    pid,
    output,
    ...(logFile === undefined ? {} : { logFile }),
    exited,
    isRunning: () => running,
    signal(signal) {
      if (running) child.kill(signal);
    },
    async stop(graceMs = 15_000) {
      if (!running) return exited;
      child.kill('SIGTERM');
      const timer = setTimeout(() => killGroup(pid), graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
  if (options.ready === undefined) return managed;

  const readiness = await waitUntilReady(options.ready, managed, readyTimeoutMs);
  switch (readiness.kind) {
    case 'ready':
      return readiness.line === undefined ? managed : { ...managed, readyLine: readiness.line };
    case 'ended': {
      const { code, signal } = readiness.exit;
      const how = signal === null ? `exit code ${code}` : signal;
      throw new ProcessStartError(name, `ended with ${how} before it was ready`, output.recent(40));
    }
    case 'timed-out':
      await managed.stop(2_000);
      throw new ProcessStartError(
        name,
        `was not ready within ${readyTimeoutMs} ms${readiness.latest === undefined ? '' : ` (${readiness.latest})`}`,
        output.recent(40),
      );
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
