import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { expect, it } from 'vitest';
import { SELLERS } from './support/start-seller.js';

const manifestOf = (path: string) => JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8'));
const page = readFileSync(join(ROOT, 'docs/integrating.md'), 'utf8');

/** A caret or a tilde, and the version behind it, as numbers. */
function readRange(range: string) {
  const [, kind, major, minor] = /^([~^])(\d+)\.(\d+)\.\d+$/.exec(range) ?? [];
  if (major === undefined) throw new Error(`expected a range such as ^2.25.0, found ${range}`);
  return { kind, major: Number(major), minor: Number(minor) };
}

const OURS = ['client', 'server'].map((name) => {
  const range: string = manifestOf(`packages/${name}`).peerDependencies['@x402/core'];
  return { name, range, ...readRange(range) };
});

/** The rows of the page's table of frameworks: a middleware, the oldest version and the newest. */
const TRIED = [...page.matchAll(/^\| \w+ \|.* `@x402\/(\w+)` ([\d.]+) and ([\d.]+)/gm)].flatMap(
  ([, framework = '', oldest = '', newest = '']) => {
    const folder = framework === 'next' ? 'seller-next' : 'sellers';
    return [
      [framework, oldest, `examples/${folder}/node_modules/x402-${framework}-oldest`],
      [framework, newest, `examples/${folder}/node_modules/@x402/${framework}`],
    ] as const;
  },
);

it('docs/integrating.md names what both packages need of @x402/core', () => {
  const [client, server] = OURS;
  expect(client?.range).toBe(server?.range);
  expect(client?.kind).toBe('^');
  expect(page).toContain(`\`@x402/core\` ${client?.major}.${client?.minor} or later`);
  // It is there to be tried.
  expect(`npm:@x402/core@${client?.range.slice(1)}`).toBe(
    manifestOf('packages/server').devDependencies['x402-core-oldest'],
  );
});

it('docs/integrating.md names the oldest and the newest middleware of each framework', () => {
  expect(TRIED.map(([framework]) => framework)).toEqual([
    'express',
    'express',
    'hono',
    'hono',
    'next',
    'next',
  ]);
});

it.each(TRIED)(
  '@x402/%s %s is paid by a test, and brings an @x402/core that both packages take',
  (framework, version, path) => {
    const { version: installed, dependencies } = manifestOf(path);
    expect(installed).toBe(version);
    expect(SELLERS.some(({ name }) => name.endsWith(`@x402/${framework} ${version}`))).toBe(true);
    const core = readRange(dependencies['@x402/core']);
    for (const { major, minor } of OURS) {
      expect(core.major).toBe(major);
      // A caret takes the newest; a tilde only its own.
      if (core.kind === '~') expect(core.minor).toBeGreaterThanOrEqual(minor);
    }
  },
);
