import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFreePort, startProcess } from '@x402-facilitator/tools/processes';
import { fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { PUBLISHED } from '@x402-facilitator/tools/tarballs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { installIntoEmptyFolder } from './support/empty-folder.js';
import { SELLERS } from './support/start-seller.js';
import { replica, useStack } from './support/use-stack.js';

/** What `@x402/next` brings, whose newest version lags behind the others. */
const OLDEST_CORE = '2.25.0';
const page = readFileSync(join(ROOT, 'docs/integrating.md'), 'utf8');
const fiveMinutes = /## Sell in five minutes\n(.*?)\n## /s.exec(page)?.[1] ?? '';
const installed = (/^npm install (.*)$/m.exec(fiveMinutes)?.[1] ?? '').split(' ');
const [shop = '', redisPart = ''] = [...fiveMinutes.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);

const [, keys = '', sell = '', buy = ''] = [...fiveMinutes.matchAll(/```sh\n(.*?)```/gs)].map(
  ([, code]) => code,
);

const stack = useStack({ paywall: false });
let place: ReturnType<typeof installIntoEmptyFolder>;
beforeAll(() => {
  const others = installed.filter((name) => !name.startsWith('@x402-facilitator/'));
  place = installIntoEmptyFolder([
    ...others,
    'ioredis',
    '@modelcontextprotocol/sdk',
    '@types/express',
    '@types/node',
  ]);
}, 300_000);
afterAll(() => place?.remove());

const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: place.folder, encoding: 'utf8' });
const tool = (name: string, ...args: string[]) =>
  spawnSync(join(ROOT, 'tests/node_modules/.bin', name), args, { cwd: place.folder, encoding: 'utf8' });

describe.each(PUBLISHED)('the tarball of packages/%s', (name) => {
  const file = () => place.tarballs.find((each) => each.name.endsWith(`/${name}`))?.file ?? '';

  it('is well formed: publint and arethetypeswrong find nothing', () => {
    const lint = tool('publint', '--strict', file());
    expect(lint.stdout).toContain('All good!');
    const types = tool('attw', file(), '--profile', 'esm-only');
    expect(types.stdout + types.stderr).not.toContain('❌');
    expect(types.status).toBe(0);
  }, 120_000);

  it('has a licence, a README, provenance, and nothing of the workspace', () => {
    const read = (path: string) =>
      spawnSync('tar', ['xzOf', file(), `package/${path}`], { encoding: 'utf8' }).stdout;
    const { license, publishConfig, dependencies, exports } = JSON.parse(read('package.json'));
    expect(license).toBe('Apache-2.0');
    expect(read('LICENSE')).toContain('Apache License');
    expect(read('README.md')).toContain('# ');
    expect(publishConfig).toMatchObject({ access: 'public', provenance: true });
    const packed = spawnSync('tar', ['tzf', file()], { encoding: 'utf8' }).stdout.trim().split('\n');
    const expected = /^package\/(?:package\.json|README\.md|LICENSE|dist\/.*\.(?:js|d\.ts))$/;
    expect(packed.filter((path) => !expected.test(path))).toEqual([]);
    expect(JSON.stringify([dependencies, exports])).not.toMatch(/workspace:|catalog:|"source"|\/src\//);
  });
});

it('every entry of every package loads', () => {
  for (const { name } of place.tarballs) {
    const { exports } = JSON.parse(
      readFileSync(join(place.folder, 'node_modules', name, 'package.json'), 'utf8'),
    );
    const entries = Object.keys(exports).filter((entry) => entry !== './script-thread');
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) {
      const { stdout, stderr } = run(
        '--input-type=module',
        '-e',
        `console.log(Object.keys(await import('${join(name, entry)}')).length > 0)`,
      );
      expect(`${entry} ${stdout}${stderr}`).toBe(`${entry} true\n`);
    }
  }
}, 120_000);

const BUYER = `
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

it('what buyers install runs, and so does its command line', () => {
  const script = BUYER.replace(', type SpendLimits', '').replace(': SpendLimits', '');
  writeFileSync(join(place.folder, 'buyer.mjs'), script);
  const { stdout, stderr } = run('buyer.mjs');
  expect(stdout + stderr).toBe('addr_test addr1 function');
  const help = spawnSync(join(place.folder, 'node_modules/.bin/x402-cardano'), ['--help'], {
    encoding: 'utf8',
  });
  expect(help.stdout).toContain('Usage: x402-cardano');
});

it.each([
  ['nodenext', ['--module', 'nodenext']],
  ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
])(
  'the types that buyers install are found and hold with %s',
  (_, options) => {
    writeFileSync(join(place.folder, 'buyer.mts'), BUYER);
    const strict = [
      '--noEmit',
      '--strict',
      '--target',
      'es2023',
      '--skipLibCheck',
      'false',
      '--ignoreConfig',
    ];
    const { stdout } = spawnSync(
      join(ROOT, 'node_modules/.bin/tsc'),
      [...strict, ...options, '--types', 'node', 'buyer.mts'],
      { cwd: place.folder, encoding: 'utf8' },
    );
    expect(stdout).toBe('');
  },
  120_000,
);

it('what docs/integrating.md tells to copy passes the type checker', () => {
  writeFileSync(
    join(place.folder, 'shop.ts'),
    shop.replace(/(payTo),/, '$1 = "",').replace('url,', 'url = "",'),
  );
  writeFileSync(
    join(place.folder, 'redis.ts'),
    `import { Delivery } from '@x402-facilitator/server';\n${redisPart}`,
  );
  const options = { strict: true, noEmit: true, module: 'nodenext', target: 'es2023', types: ['node'] };
  writeFileSync(
    join(place.folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['shop.ts', 'redis.ts'] }),
  );
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', '.'], {
    cwd: place.folder,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
}, 120_000);

/** The shop of the page, as it is written there, on a free port. */
function startShop({ folder } = place) {
  return onFreePort(async (port) => {
    writeFileSync(join(folder, 'shop.mjs'), shop.replace('4021', String(port)));
    const url = `http://127.0.0.1:${port}/report`;
    const process = await startProcess({
      name: 'shop',
      command: globalThis.process.execPath,
      args: ['--max-http-header-size=65536', 'shop.mjs'],
      cwd: folder,
      env: { PATH: '', FACILITATOR_URL: replica(stack().apis).url, PAY_TO: stack().payTo },
      ready: { kind: 'probe', probe: async () => (await fetch(url)).status === 402 },
    });
    return { url, stop: async () => void (await process.stop()) };
  });
}

it('what docs/integrating.md tells to copy is paid within five minutes', async () => {
  const startedAtMs = Date.now();
  const { url, stop } = await startShop();
  onTestFinished(stop);
  const paid = await (await fundPayer(stack())).fetch(url);
  expect(paid.status).toBe(200);
  expect(await paid.json()).toEqual({ title: 'Market report' });
  expect(Date.now() - startedAtMs).toBeLessThan(300_000);
}, 60_000);

it.each([
  ['newest', () => place],
  [
    'oldest',
    () => installIntoEmptyFolder([`@x402/core@${OLDEST_CORE}`, `@x402/express@${OLDEST_CORE}`, 'express']),
  ],
])(
  'what the README tells to copy sells and buys on the %s @x402/core: the same shop, and a buyer of ten lines',
  async (_, install) => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const [sold, buyer = ''] = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
    expect(sold).toBe(shop);
    const folder = install();
    if (folder !== place) onTestFinished(folder.remove);
    const { url, stop } = await startShop(folder);
    onTestFinished(stop);
    const { seedPhrase } = await fundPayer(stack());
    const script = buyer.replace('http://127.0.0.1:4021/report', url);
    writeFileSync(join(folder.folder, 'readme-buyer.mjs'), script);
    const { stdout, stderr } = spawnSync(process.execPath, ['readme-buyer.mjs'], {
      cwd: folder.folder,
      encoding: 'utf8',
      env: { PATH: '', SEED: seedPhrase, CHAIN: stack().devnet.url },
    });
    expect(stdout + stderr).toBe("delivered { title: 'Market report' }\n");
  },
  180_000,
);

/** The rows of the page's table of frameworks: a middleware, the oldest version and the newest. */
const tried = [...page.matchAll(/^\| \w+ \|.* `(@x402\/\w+)` ([\d.]+) and ([\d.]+)/gm)];

it('docs/integrating.md names the middlewares that are tried here, and the least @x402/core', () => {
  expect(tried.map(([, name]) => name)).toEqual(['@x402/express', '@x402/hono', '@x402/next']);
  const sellers = SELLERS.map(({ name }) => name);
  for (const [, name, oldest, newest] of tried)
    expect(sellers).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`${name} ${oldest}`),
        expect.stringContaining(`${name} ${newest}`),
      ]),
    );
  for (const name of ['client', 'server']) {
    const manifest = readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8');
    expect(JSON.parse(manifest).peerDependencies['@x402/core']).toBe(`^${OLDEST_CORE}`);
  }
  expect(page).toContain(`\`@x402/core\` ${OLDEST_CORE.replace(/\.0$/, '')} or later`);
});

it.each([
  ['the oldest middlewares', (name: string, oldest: string) => `${name}@${oldest}`, '@x402/core'],
  [
    'the newest, but for Next’s',
    (name: string, _: string, newest: string) => (name === '@x402/next' ? '' : `${name}@${newest}`),
    '@x402/core',
  ],
  // It wants an older core than the newest one, so the page names that.
  [
    'Next’s newest',
    (name: string, _: string, newest: string) => (name === '@x402/next' ? `${name}@${newest}` : ''),
    '@x402/core@2.25',
  ],
])(
  '%s are installed beside both packages with a single @x402/core',
  (_, specOf, core) => {
    const folder = mkdtempSync(join(tmpdir(), 'x402-versions-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const npm = (...args: string[]) => spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
    npm('init', '-y');
    const middlewares = tried
      .map(([, name = '', oldest = '', newest = '']) => specOf(name, oldest, newest))
      .filter((spec) => spec !== '');
    // It is read, not downloaded.
    const resolved = npm(
      ...['install', '--package-lock-only', '--prefer-offline', '--no-audit', '--no-fund'],
      ...place.tarballs.map(({ file }) => file),
      core,
      ...middlewares,
    );
    expect(resolved.status, resolved.stderr).toBe(0);
    const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
    const cores = Object.keys(packages).filter((path) => path.endsWith('node_modules/@x402/core'));
    expect(cores).toEqual(['node_modules/@x402/core']);
    for (const spec of middlewares) {
      const at = spec.lastIndexOf('@');
      expect(packages[`node_modules/${spec.slice(0, at)}`].version).toBe(spec.slice(at + 1));
    }
  },
  120_000,
);

it('the commands of docs/integrating.md make keys, sell, and buy the report', async () => {
  const { devnet } = stack();
  const addresses = `export API=${replica(stack().apis).url} CHAIN=${devnet.url} FAUCET=${devnet.controlUrl}/faucet`;
  expect(keys).toMatch(/^export API=.*$/m);
  const env = { PATH: process.env.PATH ?? '', HOME: place.folder };
  const bash = (code: string) => ['-ec', `export PASS='a passphrase of the test'\n${addresses}\n${code}`];
  const shell = (code: string) => spawnSync('bash', bash(code), { cwd: place.folder, env, encoding: 'utf8' });
  const made = shell(keys.replace(/^export .*$/gm, ''));
  expect(made.stderr).toContain('buyer.json');
  const { port, shopProcess } = await onFreePort(async (port) => {
    writeFileSync(join(place.folder, 'shop.mjs'), shop.replace('4021', String(port)));
    const shopProcess = await startProcess({
      name: 'shop by the page',
      command: 'bash',
      args: bash(sell.replace('FACILITATOR_URL=', 'exec env FACILITATOR_URL=')),
      cwd: place.folder,
      env,
      ready: {
        kind: 'probe',
        probe: async () => (await fetch(`http://127.0.0.1:${port}/report`)).status === 402,
      },
    });
    return { port, shopProcess };
  });
  onTestFinished(async () => void (await shopProcess.stop()));
  const bought = shell(buy.replaceAll('4021', String(port)));
  expect(bought.stdout).toContain('HTTP/1.1 402 Payment Required');
  expect(bought.stdout).toContain('"title": "Market report"');
  expect(bought.stderr).toContain('delivered HTTP 200');
}, 120_000);
