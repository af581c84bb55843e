import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './support/source-files.js';

const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^\s*)\/\/.*$/gm;
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

describe('a comment names only files of the repository', () => {
  it.each(['packages', 'apps', 'examples'])('in %s', (parent) => {
    const dangling = sourceFiles(parent).flatMap((file) =>
      referencesIn(file)
        .filter((reference) => !exists(file, reference))
        .map((reference) => `${file}: ${reference}`),
    );
    expect(dangling).toEqual([]);
  });
});
