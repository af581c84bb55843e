import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { describe, expect, it } from 'vitest';
import { PAGES, readText, trackedFiles } from './deploy/support/files.js';
import { codeOf, leadsSomewhere, linksOf } from './deploy/support/runbook.js';

const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };

describe.each(PAGES)('%s', (page) => {
  const code = codeOf(readText(page));

  it('names only commands that exist', () => {
    const named = [
      ...code.matchAll(/^(?:npm run(?: --silent)?|npm(?= test)|pnpm(?: --silent)?) ([a-z][a-z:-]*)/gm),
    ].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('links only to files and headings that exist', () => {
    expect(linksOf(page).filter((link) => !leadsSomewhere(link))).toEqual([]);
  });

  it('gives a decision its own number', () => {
    const numbered = [
      ...readText(page).matchAll(/\[(?:decision )?(\d+)[^\]]*\]\((?:[\w./-]*\/)?(\d{4})-[\w-]+\.md\)/g),
    ];
    expect(numbered.filter(([, said, file]) => Number(said) !== Number(file)).map(([link]) => link)).toEqual(
      [],
    );
  });

  // The changelog also tells of what is gone.
  it.skipIf(page === 'CHANGELOG.md')('names only paths of the repository that exist', () => {
    const rooms = 'apps|bench|config|deploy|docs|examples|packages|scripts|tests|tools|\\.ci|\\.github';
    const named = [...code.matchAll(new RegExp(`(?<![\\w./-])(?:\\./)?((?:${rooms})/[\\w./-]+)`, 'g'))].map(
      ([, path = '']) => path.replace(/[./]+$/, ''),
    );
    // A build or an operator writes these, or the name holds a placeholder. A fresh clone has none of them.
    const committed = named.filter((path) => !/(^|\/)dist(\/|$)|NAME|^config\/config\.json$/.test(path));
    expect(committed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

it('a decision is headed by its number, and the page of decisions lists each', () => {
  const decisions = trackedFiles(/^docs\/decisions\/\d{4}-/);
  const numberOf = (page: string) => Number(page.slice('docs/decisions/'.length).slice(0, 4));
  expect(decisions.filter((page) => !readText(page).startsWith(`# ${numberOf(page)}. `))).toEqual([]);
  const listed = linksOf('docs/decisions/README.md');
  expect(decisions.filter((page) => !listed.includes(page))).toEqual([]);
});

it('the two commands of the README are the first commands on it', () => {
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(readText('README.md')) ?? [];
  expect(block.match(/^npm \S+( \S+)?/gm)?.map((line) => line.trim())).toEqual(['npm run demo', 'npm test']);
});

it('sources and deployment files name only pages that exist', () => {
  const named = trackedFiles(/\.(ts|ya?ml|json|sh)$|^Dockerfile$/).flatMap((file) =>
    [...readText(file).matchAll(/(?<![\w./-])docs\/(?:[\w-]+\/)*[\w-]+\.md(?:#[\w-]+)?/g)].map(([link]) => ({
      file,
      link,
    })),
  );
  expect(named.length).toBeGreaterThan(50);
  // It names pages of other projects, next to their addresses.
  const foreign = 'tests/deploy/support/metric-names.ts';
  expect(named.filter(({ file, link }) => file !== foreign && !leadsSomewhere(link))).toEqual([]);
});
