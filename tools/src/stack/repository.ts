import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder, seen from tools/src and from tools/dist alike. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The built main file of each app. */
const ENTRY_POINTS = {
  api: 'apps/api/dist/main.js',
  worker: 'apps/worker/dist/main.js',
  devnet: 'apps/devnet/dist/main.js',
  paywall: 'examples/paywall/dist/main.js',
} as const;

export type App = keyof typeof ENTRY_POINTS;

/**
 * The path of an app's built main file.
 *
 * @throws Error that names the command to run when there is no build
 */
export function entryPoint(app: App): string {
  const file = join(ROOT, ENTRY_POINTS[app]);
  if (!existsSync(file)) throw new Error(`${ENTRY_POINTS[app]} is not built: run \`npm run setup\``);
  return file;
}
