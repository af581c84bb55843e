import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { runPnpm } from '@x402-facilitator/tools/pnpm';
import { ROOT } from '@x402-facilitator/tools/stack';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PUBLISHED = ['cardano', 'client'] as const;
const folder = mkdtempSync(join(tmpdir(), 'x402-packed-'));
const tarballs = new Map<string, string>();

const run = (command: string, args: readonly string[]) =>
  execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Both packages, packed and installed into an empty folder outside of the repository. */
beforeAll(() => {
  for (const name of PUBLISHED) {
    const packed = runPnpm(['pack', '--json', '--pack-destination', folder], {
      cwd: join(ROOT, 'packages', name),
    });
    expect(packed.status, packed.stderr + packed.stdout).toBe(0);
    tarballs.set(name, (JSON.parse(packed.stdout) as { filename: string }).filename);
  }
  const { version } = JSON.parse(
    readFileSync(join(ROOT, 'tests/node_modules/@x402/core/package.json'), 'utf8'),
  );
  const files = Object.fromEntries(
    [...tarballs].map(([name, path]) => [`@x402-facilitator/${name}`, `file:${path}`]),
  );
  const manifest = {
    private: true,
    type: 'module',
    dependencies: { '@x402-facilitator/client': files['@x402-facilitator/client'], '@x402/core': version },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), JSON.stringify({ overrides: files }));
  const installed = runPnpm(['install', '--prefer-offline', '--ignore-scripts'], { cwd: folder });
  expect(installed.status, installed.stderr + installed.stdout).toBe(0);
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const USE = `
import { blockfrost, createBuyer, ExactCardanoClient, keysOf, newSeedPhrase, openWallet, type SpendLimits } from '@x402-facilitator/client';
import { fileStore } from '@x402-facilitator/client/node';
import { x402Client } from '@x402/core/client';

const limits: SpendLimits = { lovelace: { perPayment: 2_000_000n } };
const wallet = await openWallet({ chain: blockfrost('cardano:preprod', { url: 'http://127.0.0.1:9' }), secret: { seedPhrase: newSeedPhrase() } });
const buyer = createBuyer({ wallet, limits, store: await fileStore('purchases') });
new x402Client().register(wallet.network, new ExactCardanoClient({ wallet, limits }));
const keys = await keysOf({ seedPhrase: newSeedPhrase() }, 'cardano:mainnet');
process.stdout.write(wallet.address.slice(0, 9) + ' ' + keys.address.slice(0, 5) + ' ' + typeof buyer.buy);
`;

test('the packages run from an empty folder as ESM, and so does the command line', () => {
  writeFileSync(join(folder, 'use.js'), USE.replace(', type SpendLimits', '').replace(': SpendLimits', ''));
  expect(run(process.execPath, ['use.js'])).toBe('addr_test addr1 function');
  expect(run(join(folder, 'node_modules/.bin/x402-cardano'), ['--help'])).toContain('Usage: x402-cardano');
});

test.each([
  ['nodenext', ['--module', 'nodenext']],
  ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
])('their types are found and hold with %s', (_, options) => {
  writeFileSync(join(folder, 'use.ts'), USE);
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
  const strict = ['--noEmit', '--strict', '--target', 'es2023', '--skipLibCheck', 'false', '--ignoreConfig'];
  expect(run(join(ROOT, 'node_modules/.bin/tsc'), [...strict, ...options, ...types, 'use.ts'])).toBe('');
});

test.each(PUBLISHED)('packages/%s is packed as npm expects, with types that resolve', async (name) => {
  const data = readFileSync(tarballs.get(name) ?? '');
  const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  expect(messages).toEqual([]);
  expect(pkg).toMatchObject({ license: 'Apache-2.0', type: 'module', publishConfig: { access: 'public' } });
  const contents = createPackageFromTarballData(new Uint8Array(data));
  const files = contents
    .listFiles()
    .map((path) => path.replace(`/node_modules/@x402-facilitator/${name}/`, ''));
  expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']));
  expect(
    files.filter((file) => !/^(package\.json|README\.md|LICENSE|dist\/.*\.(js|d\.ts))$/.test(file)),
  ).toEqual([]);
  const { problems = [] } = (await checkPackage(contents)) as {
    problems?: readonly { kind: string; resolutionKind?: string }[];
  };
  // ESM alone: CommonJS and the resolution of Node 10 are not offered.
  const known = ({ kind, resolutionKind }: (typeof problems)[number]) =>
    kind === 'CJSResolvesToESM' || resolutionKind === 'node10';
  expect(problems.filter((problem) => !known(problem))).toEqual([]);
});
