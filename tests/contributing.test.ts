import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { describe, expect, it } from 'vitest';
import { readText, trackedFiles } from './deploy/support/files.js';

const [, chapter = ''] = readText('CONTRIBUTING.md').split('\n## Recipes\n');
const RECIPES = (chapter.split('\n## ')[0] ?? '')
  .split('\n### ')
  .slice(1)
  .map((text) => ({ name: text.split('\n')[0] ?? '', text }));

const sources = trackedFiles(/^(?:packages|apps|tests|tools)\/.*\.ts$/);
const written = sources.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };

const spansOf = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
const isFolder = (path: string) => existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isDirectory();

/** The folders that a recipe's paths may start in: the repository, and those that it names itself. */
function basesOf(text: string): readonly string[] {
  const named = spansOf(text).filter((span) => /^(?:packages|apps)\//.test(span));
  const packages = named.map((span) => span.split('/').slice(0, 2).join('/'));
  return [...new Set(['.', ...packages])].filter(isFolder);
}

/** Whether a path leads somewhere from a base, or names a file that is in one of them. */
function isThere(span: string, bases: readonly string[]): boolean {
  if (bases.some((base) => existsSync(join(ROOT, base, span)))) return true;
  return (
    !span.includes('/') &&
    bases.some((base) =>
      sources.some(
        (file) => file.startsWith(base === '.' ? 'tests/' : `${base}/`) && file.endsWith(`/${span}`),
      ),
    )
  );
}

describe.each(RECIPES)('the recipe for $name', ({ text }) => {
  const spans = spansOf(text);
  const commands = spans.filter((span) => /^(?:npm|npx|pnpm|git|grep) /.test(span));
  const others = spans.filter((span) => !commands.includes(span));
  const paths = others.filter((span) =>
    span.includes('/') ? !span.startsWith('/') : /\.(?:ts|md|json)$/.test(span),
  );

  it('names only files and folders that exist', () => {
    expect(paths.length).toBeGreaterThan(2);
    const bases = basesOf(text);
    expect(paths.filter((path) => !isThere(path, bases))).toEqual([]);
  });

  it('runs only scripts that exist, on tests that exist', () => {
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      const [, script = ''] = /^npm (?:run )?([a-z:-]+)/.exec(command) ?? [];
      expect(scripts).toHaveProperty(script);
      const on = command.split(/\s+/).filter((word) => word.includes('/'));
      expect(on.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    }
  });

  it('names only what the sources know', () => {
    const names = others.filter((span) => /^\.?[A-Za-z][\w.]*(?:\(\))?$/.test(span) && !paths.includes(span));
    const unknown = names.filter((name) => {
      const [last = ''] = name.replace(/\(\)$/, '').split('.').slice(-1);
      return !new RegExp(`\\b${last}\\b`).test(written);
    });
    expect(unknown).toEqual([]);
  });
});

it('there is a recipe for each thing that is added most', () => {
  expect(RECIPES.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      ...['A rule', 'A provider', 'A transfer method', 'A scheme', 'A route', 'A metric'],
      'A configuration key',
    ]),
  );
});
