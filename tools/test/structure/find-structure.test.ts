import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findStructure, printStructure, readWorkspace } from '@x402-facilitator/tools/structure';
import { expect, it, onTestFinished } from 'vitest';

const manifest = (name: string, entries: readonly string[] = []) =>
  JSON.stringify({
    name: `@shop/${name}`,
    exports: Object.fromEntries(
      entries.map((entry) => [
        entry,
        { default: entry === '.' ? './dist/index.js' : `${entry.replace('./', './dist/')}/index.js` },
      ]),
    ),
  });

/** Four packages on three levels, with one mistake of each kind. */
const WORKSPACE = {
  'packages/money/package.json': manifest('money', ['.', './testing']),
  'packages/money/src/index.ts': `
    export * from './coins/index.js';
    export { type Note, print } from './notes/index.js';
    /** import { Hidden } from '@shop/money'; is an example, not a use. */
    export class Hidden {}`,
  'packages/money/src/testing/index.ts': 'export const fakeCoin = 1;',
  'packages/money/src/coins/index.ts': `
    import type { Note } from '../notes/index.js';
    export type Coin = Note;
    export const penny = 1, pound = 240;
    export default penny;`,
  'packages/money/src/notes/index.ts': `
    import { penny } from '../coins/index.js';
    export type Note = typeof penny;
    export const print = () => penny;`,
  'packages/till/package.json': manifest('till', ['.', './drawer']),
  'packages/till/src/index.ts': `export { pound as unit } from '@shop/money';
    export type Drawer = import('@shop/money').Coin;`,
  'packages/till/src/drawer/index.ts': 'export const open = 1; export const close = 2;',
  'apps/counter/package.json': manifest('counter'),
  'apps/counter/src/main.ts': `
    import * as money from '@shop/money';
    import { type Drawer, unit } from '@shop/till';
    export const drawer: Drawer = unit + money.penny;
    export const rest = import('@shop/till/drawer');`,
  'apps/kiosk/package.json': manifest('kiosk'),
  'apps/kiosk/src/main.ts': `import type { Note } from '@shop/money';\nexport const note: Note = 1;`,
};

const structureOf = (files: Readonly<Record<string, string>>) => {
  const root = mkdtempSync(join(tmpdir(), 'x402-structure-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return findStructure(readWorkspace(root));
};

it('an export that no source of another package imports is found, whatever way the others are imported', () => {
  const { unused } = structureOf(WORKSPACE);
  expect(unused).toEqual([
    { door: '@shop/money', name: 'print' },
    { door: '@shop/money', name: 'Hidden' },
  ]);
});

it('rooms that import each other are a circle, also where one of the two needs only a type', () => {
  const { circles } = structureOf(WORKSPACE);
  expect(circles).toEqual([
    {
      within: 'packages/money',
      members: ['coins/', 'notes/'],
      steps: [
        'coins/ -> notes/: src/coins/index.ts imports src/notes/index.ts',
        'notes/ -> coins/: src/notes/index.ts imports src/coins/index.ts',
      ],
    },
  ]);
});

it('packages that import each other are a circle', () => {
  const { circles } = structureOf({
    ...WORKSPACE,
    'packages/money/src/notes/paper.ts': `export type { Drawer } from '@shop/till';`,
  });
  expect(circles.map(({ within, members }) => [within, members])).toContainEqual([
    'the workspace',
    ['packages/money', 'packages/till'],
  ]);
});

it('packages are printed by level with their rooms, and an app that needs little stands beside', () => {
  const lines = printStructure(structureOf(WORKSPACE))
    .split('\n')
    .map((line) => line.replace(/ {2,}/g, ' ').trim());
  const named = (heading: string) => lines.slice(lines.indexOf(heading) + 1);
  expect(named('Level 1')[0]).toMatch(/^packages\/money 4 files/);
  expect(named('Level 1')[1]).toMatch(/^coins\/ 1 file/);
  expect(named('Level 2')[0]).toMatch(/^packages\/till 2 files .* <- packages\/money$/);
  expect(named('Level 3')[0]).toMatch(/^apps\/counter .* <- packages\/money, packages\/till$/);
  expect(named('Beside')[0]).toMatch(/^apps\/kiosk .* <- packages\/money$/);
});
