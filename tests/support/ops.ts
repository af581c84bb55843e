import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { baseEnvironment, ROOT } from '@x402-facilitator/tools/stack';

export type OpsRun = { readonly code: number; readonly out: string; readonly err: string };

/** `ops` as an operator runs it, with these settings. */
export function runOps(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<OpsRun> {
  const command = [join(ROOT, 'apps/worker/dist/ops.js'), ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      command,
      { env: { ...baseEnvironment(), ...env }, cwd: ROOT },
      (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
      },
    );
  });
}
