import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, describe, expect, it } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'x402-lint-'));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Probe = { readonly room: string; readonly source: string };

/** What each probe breaks as a file of its room, whose linter configuration judges a copy of the layout. */
function judge(probes: readonly Probe[]): readonly (readonly string[])[] {
  const copy = mkdtempSync(join(directory, 'copy-'));
  for (const file of ['biome.json', 'packages/cardano/no-clock.grit'])
    cpSync(join(ROOT, file), join(copy, file));
  const paths = probes.map(({ room }, place) => `${room}/probe-${place}.ts`);
  for (const [place, { room, source }] of probes.entries()) {
    mkdirSync(join(copy, room), { recursive: true });
    writeFileSync(join(copy, `${room}/probe-${place}.ts`), source);
  }
  const { stdout } = spawnSync(
    join(ROOT, 'node_modules/.bin/biome'),
    ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json', ...paths],
    { cwd: copy, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { severity: string; category: string; location: { path: string } }[];
  };
  return paths.map((path) =>
    diagnostics
      .filter(({ location }) => location.path === path)
      .map(({ severity, category }) => `${severity} ${category}`),
  );
}

const importing = (room: string, specifier: string): Probe => ({ room, source: `import '${specifier}';\n` });
const name = ({ room, source }: Probe) => `${room}: ${source.trim()}`;

/** The probes that do not break exactly this one rule; without a rule, those that break any. */
function surprises(probes: readonly Probe[], rule?: string): readonly string[] {
  const expected = rule === undefined ? [] : [`error ${rule}`];
  const broken = judge(probes);
  return probes.filter((_, place) => broken[place]?.join() !== expected.join()).map(name);
}

const IMPORTS = 'lint/style/noRestrictedImports';

/** The table of docs/architecture.md: a package's sources, and the names in backticks of its last two columns. */
const TABLE = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, link = '', , ours = '', libraries = ''] = line.split(' | ').length === 4 ? line.split('|') : [];
    const room = /\]\(\.\.\/((?:packages|apps)\/[\w-]+)\)/.exec(link)?.[1];
    const named = (cell: string) => [...cell.matchAll(/`([^`\s]+)`/g)].map(([, text = '']) => text);
    const isLibrary = (text: string) => !text.startsWith('src/');
    return room === undefined
      ? []
      : [{ room: `${room}/src`, ours: named(ours), libraries: named(libraries).filter(isLibrary) }];
  });

const LIBRARIES = [...new Set(TABLE.flatMap(({ libraries }) => libraries))];
/** Every package of ours and the doors that a row may name alone. */
const OURS = ['packages', 'apps']
  .flatMap((parent) => readdirSync(join(ROOT, parent)))
  .concat('cardano/ledger', 'shared/config', 'second-judge/asking');

/** A row that names `shared` has all its doors. `second-judge/asking` is a door for those who may not ask at once. */
const isNamed = (named: readonly string[], door: string) =>
  named.includes(door) || (door !== 'second-judge/asking' && named.includes(door.split('/')[0] ?? ''));

const anyOf = (library: string) => library.replace('*', 'any');

/** What the table says of these rooms in words. */
const FORBIDDEN = [
  ...['node:fs', 'node:fs/promises', 'node:http', 'node:net', 'node:process', 'node:timers/promises'],
  ...['node:child_process', 'node:dns', 'node:tls', 'node:dgram', 'node:worker_threads', 'node:perf_hooks'],
  ...['p-timeout', 'lru-cache', '@scure/bip39', '@x402/core/types', '../../shared/src/config/index.js'],
]
  .map((specifier) => importing('packages/cardano/src', specifier))
  .concat(
    { room: 'packages/cardano/src', source: "export { randomBytes } from 'node:crypto';\n" },
    { room: 'packages/cardano/src', source: "export const net = import('node:net');\n" },
    importing('packages/client/src/payment', 'node:fs'),
    importing('packages/client/src/payment', 'commander'),
    importing('packages/client/src/cli', '@x402-facilitator/journal'),
    importing('packages/server/src/fastify', '@x402-facilitator/journal'),
    importing('packages/server/page', '@x402-facilitator/cardano'),
    importing('packages/server/page', 'node:fs'),
    importing('apps/api/src', '../../../packages/journal/src/settlements/index.js'),
    importing('apps/api/src', '../../worker/src/main.js'),
    importing('examples/echo-shop/src', '@x402-facilitator/cardano'),
    importing('examples/payer/src', '@x402-facilitator/cardano'),
    importing('examples/payer/src', '@x402-facilitator/devnet'),
    importing('examples/payer/test', '@x402-facilitator/cardano'),
    importing('examples/paywall/src', '@x402-facilitator/shared/wire'),
    importing('examples/sellers/src', '@x402-facilitator/cardano'),
    importing('examples/seller-next/src', '@x402-facilitator/cardano'),
    importing('examples/webhooks/src', '@x402-facilitator/shared/wire'),
  );

const PERMITTED = [
  importing('packages/cardano/src', '@noble/hashes/blake2.js'),
  importing('packages/cardano/src', 'zod'),
  importing('packages/cardano/src/ledger', '../result.js'),
  { room: 'packages/cardano/src', source: "export { createHash } from 'node:crypto';\n" },
  {
    room: 'packages/cardano/src',
    source: 'export const isoTime = (ms: number) => new Date(ms).toISOString();\n',
  },
  importing('packages/client/src/node', 'node:fs'),
  importing('packages/client/src/cli', 'commander'),
  importing('packages/chain/src', 'node:net'),
  importing('packages/server/src', '@x402/core/server'),
  importing('packages/server/src/fastify', 'fastify'),
  importing('packages/server/page', '@x402-facilitator/client'),
  importing('examples/payer/src', '@lucid-evolution/lucid'),
  importing('examples/paywall/src', '@x402-facilitator/server/fastify'),
  importing('examples/payer/src', '@x402-facilitator/client/node'),
  importing('examples/payer/test', '@x402-facilitator/devnet'),
];

describe('dependencies point one way', () => {
  it('every package, app and example has a row or a probe', () => {
    const rooms = ['apps', 'examples', 'packages'].flatMap((parent) =>
      readdirSync(`${ROOT}/${parent}`).map((folder) => `${parent}/${folder}`),
    );
    const tried = [...TABLE, ...FORBIDDEN].map(({ room }) => room.split('/').slice(0, 2).join('/'));
    expect(rooms.filter((room) => !tried.includes(room))).toEqual([]);
    expect(LIBRARIES.length).toBeGreaterThanOrEqual(15);
  });

  it('a package imports those of ours that its row names, and no other', () => {
    const probes = (isAllowed: boolean) =>
      TABLE.flatMap(({ room, ours }) =>
        OURS.filter(
          (door) => isNamed(ours, door) === isAllowed && !room.includes(`/${door.split('/')[0]}/`),
        ).map((door) => importing(room, `@x402-facilitator/${door}`)),
      );
    expect(surprises(probes(false), IMPORTS)).toEqual([]);
    expect(surprises(probes(true))).toEqual([]);
  });

  it('a library of the table is imported in the rows that name it, and in no other', () => {
    const probes = (isAllowed: boolean) =>
      TABLE.flatMap(({ room, libraries }) =>
        LIBRARIES.filter((library) => libraries.includes(library) === isAllowed).map((library) =>
          importing(room, anyOf(library)),
        ),
      );
    expect(surprises(probes(false), IMPORTS)).toEqual([]);
    expect(surprises(probes(true))).toEqual([]);
  });

  it('what is forbidden beside the table is refused, and what is permitted passes', () => {
    expect(surprises(FORBIDDEN, IMPORTS)).toEqual([]);
    expect(surprises(PERMITTED)).toEqual([]);
  });

  it('packages/cardano uses no clock, timer, randomness, network or environment', () => {
    const using = (expression: string): Probe => ({
      room: 'packages/cardano/src',
      source: `export const probe = () => ${expression};\n`,
    });
    const globals = [
      'process.env.HOME',
      'fetch',
      'setTimeout',
      'setImmediate',
      'performance.now()',
      'globalThis.process',
    ];
    const more = [
      'global.process',
      'crypto.getRandomValues',
      'self.fetch',
      "new WebSocket('wss://example.org')",
    ];
    expect(surprises([...globals, ...more].map(using), 'lint/style/noRestrictedGlobals')).toEqual([]);
    expect(
      surprises(['Date.now()', '[1].map(Date.now)', 'new Date()', 'Math.random()'].map(using), 'plugin'),
    ).toEqual([]);
  });
});

describe('the habits of the code', () => {
  it.each([
    ['any', 'export const value: any = 1;\n', 'suspicious/noExplicitAny'],
    [
      'a non-null assertion',
      'export const length = (text?: string) => text!.length;\n',
      'style/noNonNullAssertion',
    ],
    ['console', `console.log('hello');\n`, 'suspicious/noConsole'],
    ['Node’s own fetch', "export const answer = fetch('http://127.0.0.1/');\n", 'style/noRestrictedGlobals'],
  ])('%s is refused', (_, source, rule) => {
    expect(surprises([{ room: 'apps/api/src', source }], `lint/${rule}`)).toEqual([]);
  });
});
