import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPnpm } from '@x402-facilitator/tools/pnpm';
import { guardDirectory } from '@x402-facilitator/tools/processes';
import { rounded } from '../support/index.js';

export type DeploySize = { readonly megabytes: number; readonly files: number; readonly packages: number };

/**
 * Makes the production deploy of a tier as its image does (Dockerfile), and measures what lies there.
 *
 * @throws Error with pnpm's words when it cannot be made.
 */
export async function measureDeploy(tier: 'api' | 'worker'): Promise<DeploySize> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-deploy-'));
  guardDirectory(directory);
  try {
    const target = join(directory, tier);
    const { status, stdout, stderr } = runPnpm([
      ...['--filter', `@x402-facilitator/${tier}`, 'deploy', '--prod', '--prefer-offline'],
      ...['--config.inject-workspace-packages=true', target],
    ]);
    if (status !== 0) throw new Error(`pnpm deploy of the ${tier} failed: ${stdout}${stderr}`);
    const { bytes, files } = await sizeOf(target);
    const packages = (await readdir(join(target, 'node_modules/.pnpm'))).filter((name) => name.includes('@'));
    return { megabytes: rounded(bytes / 2 ** 20), files, packages: packages.length };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Of every file once: symbolic links lead to what is counted elsewhere. */
async function sizeOf(directory: string): Promise<{ readonly bytes: number; readonly files: number }> {
  let [bytes, files] = [0, 0];
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    bytes += (await lstat(join(entry.parentPath, entry.name))).size;
    files += 1;
  }
  return { bytes, files };
}
