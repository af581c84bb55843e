import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/repository.js';

let knownPath: string | undefined;

/**
 * The pnpm that `package.json` pins, whether or not one is on PATH. npm fetches it; after the installation npm has it
 * already.
 *
 * @throws Error with npm's words when npm cannot fetch it
 */
export function pnpmPath(): string {
  knownPath ??= findPnpm();
  return knownPath;
}

function findPnpm(): string {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    packageManager: string;
  };
  const command = ['exec', '--yes', `--package=${packageManager}`, '--', 'sh', '-c', 'command -v pnpm'];
  return execFileSync('npm', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** What a run of pnpm printed and how it ended. */
export type PnpmResult = {
  /** `null` when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs pnpm in `cwd` (by default the repository) to its end. A failing pnpm is a result, not an exception. */
export function runPnpm(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): PnpmResult {
  const { cwd = ROOT, env = process.env } = options;
  const { status, stdout, stderr, error } = spawnSync(pnpmPath(), args, {
    cwd,
    env: { ...env, CI: env.CI ?? 'true' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}
