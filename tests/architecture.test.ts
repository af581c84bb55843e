import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, describe, expect, it } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'x402-lint-'));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The rules that `source` breaks as a file at `path` of the repository, whose linter configuration judges a copy of its layout. */
function brokenRules(path: string, source: string): string[] {
  cpSync(join(ROOT, 'biome.json'), join(directory, 'biome.json'));
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  const { stdout } = spawnSync(
    join(ROOT, 'node_modules/.bin/biome'),
    ['lint', '--vcs-enabled=false', '--reporter=json', path],
    { cwd: directory, encoding: 'utf8' },
  );
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { severity: string; category: string }[];
  };
  return diagnostics.map(({ severity, category }) => `${severity} ${category}`);
}

const importing = (specifier: string) => `import '${specifier}';\n`;

const FORBIDDEN = [
  ['packages/cardano/src/probe.ts', '@x402-facilitator/journal'],
  ['packages/cardano/src/probe.ts', '@x402-facilitator/shared/config'],
  ['packages/cardano/src/probe.ts', '@lucid-evolution/lucid'],
  ['packages/cardano/src/probe.ts', 'node:fs'],
  ['packages/cardano/src/probe.ts', 'node:http'],
  ['packages/cardano/src/probe.ts', 'ioredis'],
  ['packages/cardano/src/probe.ts', 'undici'],
  ['packages/cardano/src/probe.ts', '../../shared/src/config/index.js'],
  ['packages/cardano/src/probe.ts', 'scalus'],
  ['packages/cardano/src/probe.ts', '@cardananium/cquisitor-lib'],
  ['packages/second-judge/src/probe.ts', '@x402-facilitator/shared/config'],
  ['packages/second-judge/src/probe.ts', '@x402-facilitator/devnet'],
  ['packages/second-judge/src/probe.ts', 'ioredis'],
  ['packages/second-judge/src/probe.ts', 'undici'],
  ['packages/chain/src/probe.ts', '@x402-facilitator/journal'],
  ['packages/chain/src/probe.ts', '@x402-facilitator/shared/telemetry'],
  ['packages/chain/src/probe.ts', '@x402-facilitator/devnet'],
  ['packages/chain/src/probe.ts', 'ioredis'],
  ['packages/chain/src/probe.ts', 'bullmq'],
  ['packages/chain/src/probe.ts', '@opentelemetry/api'],
  ['packages/chain/src/probe.ts', 'pino'],
  ['packages/chain/src/probe.ts', 'fastify'],
  ['packages/client/src/probe.ts', '@x402-facilitator/journal'],
  ['packages/client/src/probe.ts', '@x402-facilitator/shared/config'],
  ['packages/client/src/probe.ts', '@x402-facilitator/cardano'],
  ['packages/client/src/probe.ts', '@lucid-evolution/lucid'],
  ['packages/client/src/probe.ts', 'undici'],
  ['packages/client/src/payment/probe.ts', 'node:fs'],
  ['packages/client/src/payment/probe.ts', 'commander'],
  ['packages/client/src/cli/probe.ts', '@x402-facilitator/journal'],
  ['packages/journal/src/probe.ts', '@x402-facilitator/chain'],
  ['packages/journal/src/probe.ts', '@x402-facilitator/shared/telemetry'],
  ['packages/journal/src/probe.ts', 'undici'],
  ['packages/journal/src/probe.ts', '@sentry/node'],
  ['packages/shared/src/config/probe.ts', '@x402-facilitator/api'],
  ['packages/shared/src/config/probe.ts', '@x402-facilitator/devnet'],
  ['packages/shared/src/config/probe.ts', '@lucid-evolution/lucid'],
  ['packages/shared/src/config/probe.ts', 'ioredis'],
  ['packages/shared/src/config/probe.ts', 'bullmq'],
  ['packages/shared/src/config/probe.ts', 'undici'],
  ['packages/shared/src/config/probe.ts', 'cockatiel'],
  ['packages/server/src/probe.ts', '@x402-facilitator/journal'],
  ['packages/server/src/probe.ts', '@x402-facilitator/shared/wire'],
  ['packages/server/src/probe.ts', 'ioredis'],
  ['packages/server/src/probe.ts', 'undici'],
  ['packages/server/src/probe.ts', 'fastify'],
  ['packages/server/src/probe.ts', '@x402-facilitator/client'],
  ['packages/server/src/fastify/probe.ts', '@x402-facilitator/journal'],
  ['packages/server/page/probe.ts', '@x402-facilitator/cardano'],
  ['packages/server/page/probe.ts', 'node:fs'],
  ['apps/api/src/probe.ts', '@lucid-evolution/lucid'],
  ['apps/api/src/probe.ts', '@x402-facilitator/worker'],
  ['apps/api/src/probe.ts', '@x402-facilitator/devnet'],
  ['apps/api/src/probe.ts', '@x402-facilitator/second-judge'],
  ['apps/api/src/probe.ts', '@sentry/node'],
  ['apps/api/src/probe.ts', 'bullmq'],
  ['apps/api/src/probe.ts', '../../../packages/journal/src/settlements/index.js'],
  ['apps/api/src/probe.ts', '../../worker/src/main.js'],
  ['apps/worker/src/probe.ts', '@x402-facilitator/api'],
  ['apps/worker/src/probe.ts', '@x402-facilitator/devnet'],
  ['apps/worker/src/probe.ts', 'undici'],
  ['apps/worker/src/probe.ts', 'fastify'],
  ['apps/devnet/src/probe.ts', 'scalus'],
  ['apps/devnet/src/probe.ts', '@x402-facilitator/chain'],
  ['apps/devnet/src/probe.ts', '@lucid-evolution/lucid'],
  ['examples/payer/src/probe.ts', '@x402-facilitator/cardano'],
  ['examples/payer/src/probe.ts', '@x402-facilitator/devnet'],
  ['examples/payer/test/probe.ts', '@x402-facilitator/cardano'],
  ['examples/paywall/src/probe.ts', '@x402-facilitator/shared/wire'],
  ['examples/sellers/src/probe.ts', '@x402-facilitator/cardano'],
  ['examples/seller-next/src/probe.ts', '@x402-facilitator/cardano'],
] as const;

const PERMITTED = [
  ['packages/cardano/src/probe.ts', '@noble/hashes/blake2.js'],
  ['packages/second-judge/src/probe.ts', '@x402-facilitator/cardano'],
  ['packages/second-judge/src/probe.ts', 'scalus'],
  ['packages/chain/src/probe.ts', '@x402-facilitator/cardano'],
  ['packages/chain/src/probe.ts', 'undici'],
  ['packages/client/src/probe.ts', '@x402-facilitator/cardano/ledger'],
  ['packages/client/src/node/probe.ts', 'node:fs'],
  ['packages/client/src/cli/probe.ts', 'commander'],
  ['packages/journal/src/probe.ts', '@x402-facilitator/cardano'],
  ['packages/journal/src/probe.ts', 'bullmq'],
  ['packages/shared/src/config/probe.ts', '@x402-facilitator/cardano'],
  ['packages/shared/src/config/probe.ts', '@x402-facilitator/chain'],
  ['packages/shared/src/config/probe.ts', '@x402-facilitator/journal'],
  ['packages/server/src/probe.ts', '@x402-facilitator/cardano'],
  ['packages/server/src/probe.ts', '@x402/core/server'],
  ['packages/server/src/fastify/probe.ts', 'fastify'],
  ['packages/server/page/probe.ts', '@x402-facilitator/client'],
  ['apps/api/src/probe.ts', '@x402-facilitator/journal'],
  ['apps/api/src/probe.ts', '@x402-facilitator/second-judge/asking'],
  ['apps/worker/src/probe.ts', '@lucid-evolution/lucid'],
  ['apps/devnet/src/probe.ts', '@x402-facilitator/cardano'],
  ['apps/devnet/src/probe.ts', '@x402-facilitator/second-judge'],
  ['examples/payer/src/probe.ts', '@lucid-evolution/lucid'],
  ['examples/paywall/src/probe.ts', '@x402-facilitator/server/fastify'],
  ['examples/payer/src/probe.ts', '@x402-facilitator/client'],
  ['examples/payer/src/probe.ts', '@x402-facilitator/client/node'],
  ['examples/payer/test/probe.ts', '@x402-facilitator/devnet'],
] as const;

describe('dependencies point one way', () => {
  it.each(FORBIDDEN)('%s may not import %s', (file, specifier) => {
    expect(brokenRules(file, importing(specifier))).toEqual(['error lint/style/noRestrictedImports']);
  });

  it.each(PERMITTED)('%s may import %s', (file, specifier) => {
    expect(brokenRules(file, importing(specifier))).toEqual([]);
  });

  it.each(['process.env.HOME', 'fetch', 'setTimeout', 'performance.now()'])(
    'packages/cardano may not use %s',
    (expression) => {
      const source = `export const probe = () => ${expression};\n`;
      expect(brokenRules('packages/cardano/src/probe.ts', source)).toEqual([
        'error lint/style/noRestrictedGlobals',
      ]);
    },
  );

  it('every folder of apps and examples has a rule that is tested here', () => {
    const rooms = ['apps', 'examples', 'packages'].flatMap((parent) =>
      readdirSync(`${ROOT}/${parent}`).map((name) => `${parent}/${name}`),
    );
    const tried = new Set(FORBIDDEN.map(([file]) => file.split('/').slice(0, 2).join('/')));
    expect(rooms.filter((room) => !tried.has(room))).toEqual([]);
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
  ])('%s is refused', (_, source, rule) => {
    expect(brokenRules('apps/api/src/probe.ts', source)).toEqual([`error lint/${rule}`]);
  });
});
