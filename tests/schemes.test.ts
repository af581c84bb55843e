import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUPPORTED_SCHEMES } from '@x402-facilitator/cardano';
import { ROOT } from '@x402-facilitator/tools/stack';
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './support/source-files.js';

/** Text that only a scheme's own files may hold: its name as a string, and the prefixes of its codes. */
const SCHEMES = SUPPORTED_SCHEMES.names.map((name) => ({
  name,
  folder: `packages/cardano/src/schemes/${name}/`,
  literal: new RegExp(`(['"\`])${name}\\1|(?:invalid_)?${name.replaceAll('-', '_')}_cardano`),
}));

/** Rooms that ask for one scheme by its name, as any stranger's code does: they are what buyers and sellers install. */
const FOR_STRANGERS = [
  ...['channels', 'mcp', 'payment', 'purchase'].map((room) => `packages/client/src/${room}/`),
  ...['channels', 'facilitator', 'fee-sponsor', 'payment', 'paywall', 'scheme'].map(
    (room) => `packages/server/src/${room}/`,
  ),
];
const isForStrangers = (file: string) => FOR_STRANGERS.some((room) => file.startsWith(room));

describe('a scheme is named only in its own folder', () => {
  it.each(SCHEMES)('$name', ({ folder, literal }) => {
    const named = sourceFiles('packages', 'apps').filter(
      (file) => !isForStrangers(file) && literal.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(named.filter((file) => !file.startsWith(folder))).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
  });

  it('and by the rooms of buyers and sellers that say it, which are all needed', () => {
    const files = sourceFiles('packages').filter((file) =>
      SCHEMES.some(({ literal }) => literal.test(readFileSync(join(ROOT, file), 'utf8'))),
    );
    expect(FOR_STRANGERS.filter((room) => !files.some((file) => file.startsWith(room)))).toEqual([]);
  });
});
