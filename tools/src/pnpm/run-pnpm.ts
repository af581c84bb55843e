import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/index.js';

/** What a run of pnpm printed and how it ended. */
export type PnpmResult = {
  /** `null` when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/**
 * The command that runs the repository's pnpm, whether or not one is on PATH: npm fetches the version that `package.json`
 * pins, and has it at hand from the installation on.
 */
export function pnpmCommand(): readonly [command: string, ...args: string[]] {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    packageManager: string;
  };
  return ['npm', 'exec', '--yes', '--', packageManager];
}

/** Runs pnpm in `cwd` (by default the repository) to its end. A failing pnpm is a result, not an exception. */
export function runPnpm(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): PnpmResult {
  const { cwd = ROOT, env = process.env } = options;
  const [command, ...rest] = pnpmCommand();
  const { status, stdout, stderr, error } = spawnSync(command, [...rest, ...args], {
    cwd,
    env: { ...env, CI: env.CI ?? 'true' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}
