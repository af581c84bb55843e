import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTLEMENT_STATES } from '@x402-facilitator/journal';
import { ROOT } from '@x402-facilitator/tools/stack';
import { describe, expect, test } from 'vitest';

const page = readFileSync(join(ROOT, 'docs/promises.md'), 'utf8');

/** The cells of every row of the tables whose last column names tests. */
const rows = page.split('\n\n').flatMap((block) => {
  const lines = block.split('\n').filter((line) => line.startsWith('|'));
  return lines[0]?.endsWith('| shown by |') ? lines.slice(2).map(cellsOf) : [];
});
const links = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/([^)]+\.test\.ts)\)/g)].map(
  ([, words = '', file = '']) => [words, file] as const,
);

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The titles of a file's tests that run: a text that begins a call or a line, and another argument follows. */
function titlesOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const titles = text.matchAll(/(\.(?:skip|todo|fails)\b.*)?(?:\(|^)\s*(['"`])((?:(?!\2).)*)\2,/gm);
  return [...titles].flatMap(([, skipped, , title = '']) => (skipped === undefined ? [title] : []));
}

test.each(links)('“%s” is one test of %s, and it runs', (words, file) => {
  expect(titlesOf(file).filter((title) => title.includes(words))).toHaveLength(1);
});

describe('docs/promises.md', () => {
  test('names a test for every promise', () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((cells) => !/\.test\.ts\)/.test(cells.at(-1) ?? ''))).toEqual([]);
  });

  test('says of every state what holds in it', () => {
    const named = rows.map(([first = '']) => /^`(\w+)`$/.exec(first)?.[1]).filter(Boolean);
    expect([...named].sort()).toEqual([...SETTLEMENT_STATES].sort());
  });
});
