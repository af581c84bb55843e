import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { packTarballs } from '@x402-facilitator/tools/tarballs';
import { parse } from 'yaml';

/**
 * Packs what is published and installs it by npm, with other packages, into an empty folder outside of the workspace. Versions of
 * the others are the workspace's, unless a name says one: `express@5.1.0`.
 *
 * @returns the folder, and where the tarballs are. `remove` both in the end.
 */
export function installIntoEmptyFolder(others: readonly string[]) {
  const base = mkdtempSync(join(tmpdir(), 'x402-packed-'));
  const tarballs = packTarballs(base);
  const { catalog } = parse(readFileSync(join(ROOT, 'pnpm-workspace.yaml'), 'utf8')) as {
    catalog: Record<string, string>;
  };
  const folder = join(base, 'shop');
  mkdirSync(folder);
  const npm = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`npm ${args[0]}: ${stdout}${stderr}`);
  };
  npm('init', '-y');
  npm(
    ...['install', '--prefer-offline', '--no-audit', '--no-fund'],
    ...tarballs.map(({ file }) => file),
    ...others.map((name) => (name.lastIndexOf('@') > 0 ? name : `${name}@${catalog[name] ?? 'latest'}`)),
  );
  return { folder, tarballs, remove: () => rmSync(base, { recursive: true, force: true }) };
}
