import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/index.js';

let known: string | undefined;

/**
 * The pnpm that `package.json` pins, whether or not one is on PATH: npm fetches it, and has it at hand from the
 * installation on.
 *
 * @throws Error with npm's words when it cannot be had.
 */
export function pnpmPath(): string {
  known ??= findPnpm();
  return known;
}

function findPnpm(): string {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    packageManager: string;
  };
  const command = ['exec', '--yes', `--package=${packageManager}`, '--', 'sh', '-c', 'command -v pnpm'];
  return execFileSync('npm', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
