import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPnpm } from '@x402-facilitator/tools/pnpm';
import { ROOT } from '@x402-facilitator/tools/stack';
import { parse } from 'yaml';

/** What strangers install, in the order in which they depend on each other. */
export const PUBLISHED = ['cardano', 'client', 'server'] as const;

/**
 * Packs what is published and installs it, with other packages, into an empty folder outside of the workspace. Versions of the
 * others are the workspace's.
 *
 * @returns the folder, and where the tarballs are. `remove` both in the end.
 */
export function installIntoEmptyFolder(others: readonly string[]) {
  const base = mkdtempSync(join(tmpdir(), 'x402-packed-'));
  const tarballs = PUBLISHED.map((name) => {
    const { status, stdout, stderr } = runPnpm(['pack', '--pack-destination', base], {
      cwd: join(ROOT, 'packages', name),
    });
    if (status !== 0) throw new Error(`pnpm pack of ${name}: ${stdout}${stderr}`);
    return { name: `@x402-facilitator/${name}`, file: join(base, `x402-facilitator-${name}-0.1.0.tgz`) };
  });
  const { catalog, overrides } = parse(readFileSync(join(ROOT, 'pnpm-workspace.yaml'), 'utf8')) as {
    catalog: Record<string, string>;
    overrides: Record<string, string>;
  };
  const ours = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]));
  const folder = join(base, 'shop');
  const manifest = {
    name: 'shop',
    private: true,
    dependencies: {
      ...ours,
      ...Object.fromEntries(others.map((name) => [name, catalog[name] ?? 'latest'])),
    },
    // One of ours asks the registry for another of ours, which is not there yet.
    pnpm: { overrides: { ...overrides, ...ours } },
  };
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const { status, stdout, stderr } = runPnpm(
    ['install', '--ignore-workspace', '--prefer-offline', '--no-frozen-lockfile'],
    { cwd: folder },
  );
  if (status !== 0) throw new Error(`pnpm install: ${stdout}${stderr}`);
  return { folder, tarballs, remove: () => rmSync(base, { recursive: true, force: true }) };
}
