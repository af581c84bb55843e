import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { describe, expect, it } from 'vitest';

const ROOMS = ['apps', 'examples', 'packages'].flatMap((parent) =>
  readdirSync(join(ROOT, parent)).map((name) => join(parent, name)),
);

/** Every page that people read: at the root, in docs/, and in front of each room. */
const PAGES = ['.', 'docs', ...ROOMS]
  .flatMap((directory) => readdirSync(join(ROOT, directory)).map((name) => join(directory, name)))
  .filter((path) => path.endsWith('.md'));

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** What a page sets as code: fenced blocks and spans. */
const codeOf = (page: string): string =>
  [...read(page).matchAll(/```[^\n]*\n([\s\S]*?)```|`([^`\n]+)`/g)]
    .map(([, block, span]) => block ?? span ?? '')
    .join('\n');

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

describe.each(PAGES)('%s', (page) => {
  it('names only commands that exist', () => {
    const named = [...codeOf(page).matchAll(/^(?:npm run|pnpm|npm(?= test)) ([a-z][a-z:-]*)/gm)].map(
      ([, name]) => name ?? '',
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('links only to files that exist', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target ?? '');
    expect(links.filter((target) => !existsSync(join(ROOT, dirname(page), target)))).toEqual([]);
  });

  it('names only scripts and files of the repository that exist', () => {
    const paths = [
      ...read(page).matchAll(/`((?:apps|packages|examples|tools|tests|config|docs)\/[\w./-]+)`/g),
    ].map(([, path]) => path ?? '');
    // What a build or an operator writes, and a name with a placeholder, is not in a fresh clone.
    const committed = paths.filter((path) => !/\/dist\/|NN-|^config\/config\.json$/.test(path));
    expect(committed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

it('the two commands of the README are the first commands on it', () => {
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
  expect(block.match(/^npm \S+( \S+)?/gm)?.map((line) => line.trim())).toEqual(['npm run demo', 'npm test']);
});
