import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onFreePort, startProcess } from '@x402-facilitator/tools/processes';
import { fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { PUBLISHED } from '@x402-facilitator/tools/tarballs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { installIntoEmptyFolder } from './support/empty-folder.js';
import { SELLERS, startSeller } from './support/start-seller.js';
import { replica, useStack } from './support/use-stack.js';

const page = readFileSync(join(ROOT, 'docs/integrating.md'), 'utf8');
const fiveMinutes = /## Sell in five minutes\n(.*?)\n## /s.exec(page)?.[1] ?? '';
const installed = (/^npm install (.*)$/m.exec(fiveMinutes)?.[1] ?? '').split(' ');
const codeOf = (text: string, language: 'js' | 'json' | 'sh') =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, code = '']) => code);
const [shop = '', hono = '', fastify = '', next = '', redisPart = ''] = codeOf(fiveMinutes, 'js');
const [, addresses = '', sell = '', buy = ''] = codeOf(fiveMinutes, 'sh');
const PASSPHRASE = 'a passphrase of your own';

const readme = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const stack = useStack({ paywall: false });
let place: ReturnType<typeof installIntoEmptyFolder>;
beforeAll(() => {
  const others = installed.filter((name) => !name.startsWith('@x402-facilitator/'));
  place = installIntoEmptyFolder([
    ...others,
    ...['@x402/hono', 'hono', '@hono/node-server', 'fastify', 'ioredis', '@modelcontextprotocol/sdk'],
    '@types/express',
    '@types/node',
  ]);
});
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
  });

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

/** What others may import of an installed package; the thread of its scripts aside. */
function entriesOf(name: string): readonly string[] {
  const manifest = readFileSync(join(place.folder, 'node_modules', name, 'package.json'), 'utf8');
  const { exports } = JSON.parse(manifest) as { readonly exports: Readonly<Record<string, unknown>> };
  return Object.keys(exports)
    .filter((entry) => entry !== './script-thread')
    .map((entry) => join(name, entry));
}

it('every entry of every package loads', () => {
  for (const { name } of place.tarballs) {
    const entries = entriesOf(name);
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) {
      const { stdout, stderr } = run(
        '--input-type=module',
        '-e',
        `console.log(Object.keys(await import('${entry}')).length > 0)`,
      );
      expect(`${entry} ${stdout}${stderr}`).toBe(`${entry} true\n`);
    }
  }
});

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

/** Checks files of the folder as a stranger does, with the declarations of all packages that they import. */
function typeCheck(files: Readonly<Record<string, string>>, ...options: readonly string[]): string {
  for (const [name, code] of Object.entries(files)) writeFileSync(join(place.folder, name), code);
  const strict = ['--noEmit', '--strict', '--target', 'es2023', '--skipLibCheck', 'false', '--ignoreConfig'];
  const { stdout } = spawnSync(
    join(ROOT, 'node_modules/.bin/tsc'),
    [...strict, ...options, '--types', 'node', ...Object.keys(files)],
    { cwd: place.folder, encoding: 'utf8' },
  );
  return stdout;
}

describe.each([
  ['nodenext', ['--module', 'nodenext']],
  ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
])('with the module resolution %s', (_, options) => {
  it('the types of every entry of every package are found and hold', () => {
    const entries = place.tarballs.flatMap(({ name }) => entriesOf(name));
    expect(entries.length).toBeGreaterThanOrEqual(14);
    const imports = entries.map((entry, nth) => `import * as entry${nth} from '${entry}';`);
    const names = entries.map((_, nth) => `entry${nth}`);
    const code = [...imports, `export const all = [${names.join(', ')}];`].join('\n');
    expect(typeCheck({ 'entries.mts': code }, ...options)).toBe('');
  });

  it('the types hold for what a buyer writes, and for what docs/integrating.md tells to copy', () => {
    const typed = (code: string) => code.replace(/(payTo),/, "$1 = '',").replace('url,', "url = '',");
    const files = {
      'buyer.mts': BUYER,
      'shop.mts': typed(shop),
      'hono.mts': typed(hono),
      'fastify.mts': typed(fastify),
      'redis.mts': `import { Delivery } from '@x402-facilitator/server';\n${redisPart}`,
    };
    expect(typeCheck(files, ...options)).toBe('');
  });
});

/** A shop of the page, as it is written there, on a free port. */
function startShop(code = shop) {
  return onFreePort(async (port) => {
    writeFileSync(join(place.folder, 'shop.mjs'), code.replace('4021', String(port)));
    const url = `http://127.0.0.1:${port}/report`;
    const process = await startProcess({
      name: 'shop',
      command: globalThis.process.execPath,
      args: ['--max-http-header-size=65536', 'shop.mjs'],
      cwd: place.folder,
      env: { PATH: '', FACILITATOR_URL: replica(stack().apis).url, PAY_TO: stack().payTo },
      ready: { kind: 'probe', probe: async () => (await fetch(url)).status === 402 },
    });
    return { url, stop: async () => void (await process.stop()) };
  });
}

it.each([
  ['Express', () => shop],
  ['Hono', () => hono],
  ['Fastify', () => fastify],
])('what docs/integrating.md tells to copy for %s is paid within five minutes', async (name, code) => {
  expect(code()).toContain(`/server/${name.toLowerCase()}'`);
  const startedAtMs = Date.now();
  const { url, stop } = await startShop(code());
  onTestFinished(stop);
  const paid = await (await fundPayer(stack())).fetch(url);
  expect(paid.status).toBe(200);
  expect(await paid.json()).toEqual({ title: 'Market report' });
  expect(Date.now() - startedAtMs).toBeLessThan(300_000);
});

it('what docs/integrating.md tells to copy for Next is paid, with the workspace’s Next and a server in place of its own', async () => {
  const file = 'seller-next/dist/of-the-page/route.js';
  const path = join(ROOT, 'examples', file);
  mkdirSync(dirname(path), { recursive: true });
  onTestFinished(() => rmSync(dirname(path), { recursive: true, force: true }));
  writeFileSync(path, next);
  const newest = SELLERS.find(({ name }) => name === 'Next, @x402/next 2.25.0');
  if (newest === undefined) throw new Error('expected the newest Next among the sellers');
  const env = { FACILITATOR_URL: replica(stack().apis).url };
  const { url, process } = await startSeller(stack(), { ...newest, file }, env);
  onTestFinished(async () => void (await process.stop()));
  const paid = await (await fundPayer(stack())).fetch(`${url}/report`);
  expect(paid.status).toBe(200);
  expect(await paid.json()).toEqual({ title: 'Market report' });
});

it('what the README tells to copy sells and buys: the same shop, and a buyer of ten lines', async () => {
  const [sold, buyer = ''] = codeOf(readme('README.md'), 'js');
  expect(sold).toBe(shop);
  const { url, stop } = await startShop();
  onTestFinished(stop);
  const { seedPhrase } = await fundPayer(stack());
  writeFileSync(join(place.folder, 'readme-buyer.mjs'), buyer.replace('http://127.0.0.1:4021/report', url));
  const { stdout, stderr } = spawnSync(process.execPath, ['readme-buyer.mjs'], {
    cwd: place.folder,
    encoding: 'utf8',
    env: { PATH: '', SEED: seedPhrase, CHAIN: stack().devnet.url },
  });
  expect(stdout + stderr).toBe("delivered { title: 'Market report' }\n");
});

it('the commands of docs/integrating.md make keys, sell, and buy the report', async () => {
  const { devnet } = stack();
  const typed = `export API=${replica(stack().apis).url} CHAIN=${devnet.url} FAUCET=${devnet.controlUrl}/faucet`;
  expect(addresses).toMatch(/^export API=.*$/m);
  const given = addresses.replace(/^export API=.*$/m, typed);
  const env = { PATH: process.env.PATH ?? '', HOME: place.folder };
  const bash = (code: string) => ['-ec', `${given}\n${code}`];
  const { port, shopProcess } = await onFreePort(async (port) => {
    writeFileSync(join(place.folder, 'shop.mjs'), shop.replace('4021', String(port)));
    rmSync(join(place.folder, 'seller.json'), { force: true });
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
  const bought = spawnSync('bash', bash(buy.replaceAll('4021', String(port))), {
    cwd: place.folder,
    env,
    encoding: 'utf8',
  });
  expect(bought.stderr).toContain('buyer.json');
  expect(bought.stdout).toContain('HTTP/1.1 402 Payment Required');
  expect(bought.stdout).toMatch(/\r\n\r\n\{\}/);
  expect(bought.stdout).toContain('"title": "Market report"');
  expect(bought.stderr).toContain('delivered HTTP 200');

  // What it has paid, as the README of the ledger's package reads it.
  const purchases = join(place.folder, '.x402-cardano/purchases');
  const [record = ''] = readdirSync(purchases).filter((name) => name.endsWith('.json'));
  const { payment } = JSON.parse(readFileSync(join(purchases, record), 'utf8')) as {
    payment: { transactionId: string; transactionBase64: string };
  };
  const [read = ''] = codeOf(readme('packages/cardano/README.md'), 'js');
  writeFileSync(join(place.folder, 'read.mjs'), read);
  expect(run('read.mjs', payment.transactionBase64).stdout).toMatch(
    new RegExp(`^transaction ${payment.transactionId}, fee \\d+ lovelace\\n2000000 lovelace to addr_test1`),
  );
});

it('an agent pays by the MCP server of the tarball, configured as the README says, with the SDK’s own client', async () => {
  const { url, stop } = await startShop();
  onTestFinished(stop);
  const { devnet, control } = stack();
  const env = { PATH: process.env.PATH ?? '', HOME: join(place.folder, 'agent') };
  const cardano = (...args: string[]) =>
    spawnSync(join(place.folder, 'node_modules/.bin/x402-cardano'), [...args, '--passphrase-env', 'PASS'], {
      env: { ...env, PASS: PASSPHRASE },
      encoding: 'utf8',
    }).stdout.trim();
  cardano('key', 'new');
  await control.fund({ address: cardano('key', 'address'), lovelace: 20_000_000n });
  const [configuration = ''] = codeOf(readme('packages/client/README.md'), 'json');
  expect(configuration).toContain('the passphrase of the key');
  const given = configuration
    .replace('/your/folder', place.folder)
    .replace('the passphrase of the key', PASSPHRASE)
    .replace('"mcp",', `"mcp", "--blockfrost-url", "${devnet.url}",`);
  // There, so that it has the SDK that a stranger installs.
  copyFileSync(join(ROOT, 'tests/support/agent.mjs'), join(place.folder, 'agent.mjs'));
  const { stdout, stderr } = spawnSync(process.execPath, ['agent.mjs', given, url], {
    cwd: place.folder,
    env,
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/^serving {3}addr_test1/);
  expect(JSON.parse(stdout)).toEqual({
    amount: '2000000',
    limits: { lovelace: { perPayment: '3000000', perDay: '10000000' } },
    outcome: 'delivered',
    resource: { title: 'Market report' },
  });
});
