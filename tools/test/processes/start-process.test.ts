import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  freePort,
  type ManagedProcess,
  ProcessStartError,
  startProcess,
  waitUntil,
} from '@x402-facilitator/tools/processes';
import { afterEach, describe, expect, it } from 'vitest';

const started: ManagedProcess[] = [];
const directories: string[] = [];

async function start(script: string, options: Partial<Parameters<typeof startProcess>[0]> = {}) {
  const managed = await startProcess({
    name: 'subject',
    command: process.execPath,
    args: ['-e', script],
    ...options,
  });
  started.push(managed);
  return managed;
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'x402-test-'));
  directories.push(directory);
  return directory;
}

afterEach(async () => {
  for (const managed of started.splice(0)) await managed.stop(1_000);
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const STAY = 'setInterval(() => {}, 1000);';

/** Ended but not yet reaped counts as ended: who reaps an orphan, and when, is the machine's business. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
}

describe('startProcess', () => {
  it('is ready when the awaited line comes, and hands it out', async () => {
    const managed = await start(`console.log('warming up'); console.log('{"port":1}'); ${STAY}`, {
      ready: { kind: 'line', matches: (line) => line.startsWith('{') },
    });
    expect(managed.readyLine).toBe('{"port":1}');
    expect(managed.output.recent()).toEqual(['warming up', '{"port":1}']);
    expect(managed.isRunning()).toBe(true);
  });

  it('is ready when its URL answers 2xx', async () => {
    const port = await freePort();
    await start(
      `let asked = 0;
       require('node:http').createServer((_, response) => {
         asked += 1;
         response.statusCode = asked < 3 ? 503 : 200;
         response.end(String(asked));
       }).listen(${port}, '127.0.0.1');`,
      { ready: { kind: 'http', url: `http://127.0.0.1:${port}/ready` } },
    );
    expect(Number(await (await fetch(`http://127.0.0.1:${port}/`)).text())).toBeGreaterThanOrEqual(3);
  });

  it('says with which exit code and last words a process ended before it was ready', async () => {
    const failure = start(`console.error('port: expected a number'); process.exit(3)`, {
      ready: { kind: 'line', matches: () => false },
    });
    await expect(failure).rejects.toThrow(ProcessStartError);
    await expect(failure).rejects.toThrow(
      /subject ended with exit code 3 before it was ready.*\nport: expected a number/,
    );
  });

  it('stops a process that is not ready in time', async () => {
    const failure = start(`console.log(process.pid); ${STAY}`, {
      ready: { kind: 'line', matches: () => false },
      readyTimeoutMs: 500,
    });
    const error = await failure.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ProcessStartError);
    const pid = Number((error as ProcessStartError).output[0]);
    expect(pid).toBeGreaterThan(0);
    expect(isAlive(pid)).toBe(false);
  });

  it('refuses a command that does not exist', async () => {
    await expect(startProcess({ name: 'nothing', command: '/nonexistent/command' })).rejects.toThrow(
      /nothing did not start: .*ENOENT/,
    );
  });

  it('asks a process to end before it makes it', async () => {
    const managed = await start(
      `process.on('SIGTERM', () => { console.log('bye'); process.exit(0) }); console.log('up'); ${STAY}`,
      { ready: { kind: 'line', matches: (line) => line === 'up' } },
    );
    expect(await managed.stop()).toEqual({ code: 0, signal: null });
    expect(managed.output.recent()).toContain('bye');
  });

  it('kills a process that does not listen', async () => {
    const managed = await start(`process.on('SIGTERM', () => {}); console.log('up'); ${STAY}`, {
      ready: { kind: 'line', matches: (line) => line === 'up' },
    });
    expect(await managed.stop(200)).toEqual({ code: null, signal: 'SIGKILL' });
    expect(managed.isRunning()).toBe(false);
  });

  it('writes everything that was printed to the log file', async () => {
    const logFile = join(temporaryDirectory(), 'logs', 'subject.log');
    const managed = await start(`for (let i = 0; i < 1000; i += 1) console.log('line ' + i)`, { logFile });
    expect(await managed.exited).toEqual({ code: 0, signal: null });
    const lines = readFileSync(logFile, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(1000);
    expect(lines.at(-1)).toBe('line 999');
    expect(managed.output.recent(1)).toEqual(['line 999']);
  });

  it('kills what a process started along with it', async () => {
    const script = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', '${STAY}'], { stdio: 'ignore' });
      process.on('SIGTERM', () => {});
      console.log(child.pid);
      ${STAY}`;
    const managed = await start(script, { ready: { kind: 'line', matches: (line) => /^\d+$/.test(line) } });
    const grandchild = Number(managed.readyLine);
    expect(isAlive(grandchild)).toBe(true);
    await managed.stop(100);
    await waitUntil(() => !isAlive(grandchild), { what: 'the grandchild to end' });
  });

  it('leaves no child and no temporary directory when its parent is killed, and undoes what a command undoes', async () => {
    const directory = temporaryDirectory();
    const mount = `${directory}-mount`;
    mkdirSync(mount);
    const tsx = fileURLToPath(import.meta.resolve('tsx'));
    const fixture = fileURLToPath(new URL('./fixtures/parent.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--conditions=source', '--import', tsx, fixture, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const childPid = Number(line);
    expect(isAlive(childPid)).toBe(true);

    parent.kill('SIGKILL');
    await waitUntil(() => !isAlive(childPid) && !existsSync(directory) && !existsSync(mount), {
      what: 'the guard to clean up',
    });
  });
});

describe('waitUntil', () => {
  it('names what it waited for and what it met last', async () => {
    const failure = waitUntil(() => Promise.reject(new Error('connection refused')), {
      what: 'the API to be ready',
      timeoutMs: 60,
      everyMs: 10,
    });
    await expect(failure).rejects.toMatchObject({
      message: 'Waited 60 ms for the API to be ready',
      cause: new Error('connection refused'),
    });
  });
});

describe('freePort', () => {
  it('is a port that can be listened on', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    expect(port).toBeGreaterThan(1023);
  });
});
