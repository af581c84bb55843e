import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const PASSPHRASE = 'correct horse battery staple';
const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname;

export function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'x402-cli-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** The process that was started last. */
let latest: ChildProcess | undefined;

/** Runs the command line as a process of its own. */
export async function run(
  home: string,
  args: readonly string[],
  env: Record<string, string> = {},
  input = '',
) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, HOME: home, PASS: PASSPHRASE, ...env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  latest = child;
  let [output, errors] = ['', ''];
  child.stdout?.on('data', (text) => {
    output += text;
  });
  child.stderr?.on('data', (text) => {
    errors += text;
  });
  child.stdin?.end();
  const extra = child.stdio[3];
  if (extra !== null && extra !== undefined && 'end' in extra) {
    extra.on('error', () => undefined);
    extra.end(input);
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output, errors };
}

/** As a machine that loses its power does. */
export function killLatest(): void {
  latest?.kill('SIGKILL');
}
