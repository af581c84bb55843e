import { spawnSync } from 'node:child_process';
import { ROOT } from '../stack/index.js';
import { pnpmPath } from './pnpm-path.js';

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
