import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { describe, expect, it } from 'vitest';
import { trackedFiles } from './deploy/support/files.js';
import { sourceFiles } from './support/source-files.js';

/** Blocks, and what follows `//` on a line; after a colon it is an address. */
const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|[\s;,{(])\/\/ .*$/gm;
/** A path into one of the repository's folders, or the name of a page or source file. */
const REFERENCE =
  /(?<![\w/.@-])(?:\.\.?\/)*(?:[\w.-]+\/)*[\w.-]+\.(?:md|ts)\b|(?<![\w/.@-])(?:docs|packages|apps)\/[\w./-]*[\w/]/g;

/** The paths and file names in the comments of a file. */
function referencesIn(file: string): readonly string[] {
  const comments = readFileSync(join(ROOT, file), 'utf8').match(COMMENT) ?? [];
  return comments.flatMap((comment) => comment.match(REFERENCE) ?? []);
}

function exists(file: string, reference: string): boolean {
  const root = resolve(ROOT);
  const candidates = [resolve(root, dirname(file), reference), resolve(root, reference)];
  return candidates.some((path) => path.startsWith(`${root}/`) && existsSync(path));
}

const ROOMS = {
  packages: sourceFiles('packages'),
  apps: sourceFiles('apps'),
  examples: sourceFiles('examples'),
  // One file names pages of other projects, next to their addresses.
  'tools, tests and bench': trackedFiles(/^(?:tools|tests|bench)\/(?!deploy\/support\/metric-names).*\.ts$/),
};

describe('a comment names only files of the repository', () => {
  it.each(Object.entries(ROOMS))('in %s', (_, files) => {
    expect(files.length).toBeGreaterThan(5);
    const dangling = files.flatMap((file) =>
      referencesIn(file)
        .filter((reference) => !exists(file, reference))
        .map((reference) => `${file}: ${reference}`),
    );
    expect(dangling).toEqual([]);
  });
});
