import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runPnpm } from '../pnpm/index.js';
import { ROOT } from '../stack/repository.js';

/** What strangers install, in the order in which they depend on each other. */
export const PUBLISHED = ['cardano', 'client', 'server'] as const;

/**
 * Packs what is published, as npm gets it.
 *
 * @returns the file of each package, by its name.
 * @throws Error with pnpm's words
 */
export function packTarballs(directory: string): readonly { readonly name: string; readonly file: string }[] {
  mkdirSync(directory, { recursive: true });
  return PUBLISHED.map((name) => {
    const cwd = join(ROOT, 'packages', name);
    const { status, stdout, stderr } = runPnpm(['pack', '--pack-destination', directory], { cwd });
    const file = readdirSync(directory).find((each) => each.startsWith(`x402-facilitator-${name}-`));
    if (status !== 0 || file === undefined) throw new Error(`pnpm pack of ${name}: ${stdout}${stderr}`);
    return { name: `@x402-facilitator/${name}`, file: join(directory, file) };
  });
}
