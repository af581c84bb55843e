import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXIT_CODES } from '../src/cli/exit-codes.js';
import { keysOf, newSeedPhrase } from '../src/index.js';
import { readKeyFile, writeKeyFile } from '../src/node/index.js';
import { openChain } from './support/chain.js';
import { killLatest, newHome, PASSPHRASE, run } from './support/run-cli.js';
import { type Said, sellerOf } from './support/seller.js';

const DELIVERED: Said = {
  status: 200,
  receipt: { success: true, transaction: 'c'.repeat(64), network: 'cardano:preview' },
};

/** A funded key in its file, made by the command line. */
async function funded() {
  const { devnet, grant } = await openChain();
  const home = newHome();
  const made = await run(home, ['key', 'new', '--passphrase-env', 'PASS']);
  const seedPhrase = made.output.trim();
  const { address } = await keysOf({ seedPhrase }, 'cardano:preview');
  grant(address, 20_000_000n);
  const payWith = (env: Record<string, string>, url: string, ...more: string[]) =>
    run(
      home,
      [
        'pay',
        url,
        '--blockfrost-url',
        devnet.url,
        '--passphrase-env',
        'PASS',
        ...(more.includes('--max') ? [] : ['--max', '3ADA']),
        ...more,
      ],
      env,
    );
  const pay = (url: string, ...more: string[]) => payWith({}, url, ...more);
  return { payWith, home, said: made.errors, seedPhrase, address, pay };
}

test('a new key is encrypted in a file of its owner’s, its words are shown once, and its address is told', async () => {
  const { home, said, seedPhrase, address } = await funded();
  expect(seedPhrase.split(' ')).toHaveLength(24);
  expect(said).toMatch(/^written {3}.*key\.json\nwords {5}.*write them down\n$/);
  const file = join(home, '.x402-cardano', 'key.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, 'utf8');
  // `secret` is a word of seed phrases, and the name of a field.
  const values = text.replace(/"\w+":/g, '');
  for (const word of seedPhrase.split(' ').filter((each) => each.length > 5))
    expect(values).not.toContain(word);
  const told = await run(home, ['key', 'address', '--network', 'preview', '--passphrase-env', 'PASS']);
  expect(told).toMatchObject({ code: 0, output: `${address}\n` });
  const again = await run(home, ['key', 'new', '--passphrase-env', 'PASS']);
  expect(again).toMatchObject({ code: EXIT_CODES.failed, errors: expect.stringContaining('EEXIST') });
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('pay prints each step and the resource, and goes on with the same payment after a failure', async () => {
  const { pay, address } = await funded();
  let isUp = false;
  const seller = await sellerOf(() => (isUp ? DELIVERED : 'cut'));
  const first = await pay(seller.url, '--patience', '0');
  expect(first).toMatchObject({ code: EXIT_CODES.open, output: '' });
  expect(first.errors).toContain('no answer to the payment');
  isUp = true;
  const second = await pay(seller.url);
  expect(second).toMatchObject({ code: EXIT_CODES.done, output: '{\n  "ok": true\n}\n' });
  const lines = second.errors.trim().split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['wallet', 'resumed', 'answered', 'delivered']);
  expect(lines[0]).toContain(address);
  expect(lines[1]).toMatch(/transaction [0-9a-f]{64}, fee 0\.1\d{5} ADA/);
  expect(new Set(seller.shown).size).toBe(1);
});

test('killed while its payment is on its way, it shows the same payment when it is called again', async () => {
  const { pay } = await funded();
  const seller = await sellerOf(() => {
    if (seller.shown.length > 1) return DELIVERED;
    killLatest();
    return 'cut';
  });
  expect(await pay(seller.url)).toMatchObject({ code: null, output: '' });
  const again = await pay(seller.url);
  expect(again).toMatchObject({ code: EXIT_CODES.done, output: '{\n  "ok": true\n}\n' });
  expect(again.errors).toMatch(/^resumed /m);
  expect(again.errors).not.toMatch(/^price /m);
  expect(seller.shown).toHaveLength(2);
  expect(new Set(seller.shown).size).toBe(1);
});

test('it pays with the oldest @x402/core that it permits', async () => {
  const { peerDependencies, devDependencies } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  expect(`npm:@x402/core@${peerDependencies['@x402/core'].slice(1)}`).toBe(
    devDependencies['x402-core-oldest'],
  );
  const parts = ['client', 'http'].map((part) => [`@x402/core/${part}`, `x402-core-oldest/${part}`]);
  const { payWith } = await funded();
  const seller = await sellerOf(() => DELIVERED);
  const env = {
    NODE_OPTIONS: `--import ${new URL('../../../tests/support/aliases.mjs', import.meta.url)}`,
    NODE_ALIASES: JSON.stringify(Object.fromEntries(parts)),
  };
  expect(await payWith(env, seller.url)).toMatchObject({
    code: EXIT_CODES.done,
    output: '{\n  "ok": true\n}\n',
  });
});

test('its exit codes tell a refusal by the wallet from one by the seller', async () => {
  const { pay } = await funded();
  const dear = await sellerOf(() => DELIVERED, { amount: '2900000' });
  expect(await pay(dear.url, '--max', '2.9ADA')).toMatchObject({
    code: EXIT_CODES.refusedByWallet,
    errors: expect.stringMatching(
      /price {5}2\.900000 ADA to addr_test1.*\n.*expected at most 2900000 lovelace/s,
    ),
  });
  expect(dear.shown).toEqual([]);
  const refusing = await sellerOf(() => ({
    status: 402,
    error: 'invalid_exact_cardano_payload_ttl_expired',
  }));
  expect((await pay(refusing.url)).code).toBe(EXIT_CODES.refusedBySeller);
  expect((await pay('http://127.0.0.1:9/nothing')).code).toBe(EXIT_CODES.failed);
});

test('a wallet on another network, an empty one and a key that is not there say what to do', async () => {
  const { home, pay } = await funded();
  const seller = await sellerOf(() => DELIVERED);
  expect(await pay(seller.url, '--network', 'preprod')).toMatchObject({
    code: EXIT_CODES.failed,
    errors: expect.stringContaining(
      'expected a price on cardano:preprod, where this wallet is, found "cardano:preview"',
    ),
  });
  const other = join(home, 'other.json');
  expect(await pay(seller.url, '--key', other)).toMatchObject({
    code: EXIT_CODES.failed,
    errors: expect.stringContaining(`${other}: expected a key file, which "x402-cardano key new" makes`),
  });
  await run(home, ['key', 'new', '--key', other, '--passphrase-env', 'PASS']);
  expect(await pay(seller.url, '--key', other)).toMatchObject({
    code: EXIT_CODES.failed,
    errors: expect.stringMatching(/expected money at addr_test1\w+ on cardano:preview, found none/),
  });
  expect(seller.shown).toEqual([]);
});

test.each([
  ['no limit', ['pay', 'http://127.0.0.1:9/'], EXIT_CODES.usage, /--max/],
  [
    'an amount that is none',
    ['pay', 'http://127.0.0.1:9/', '--max', 'much'],
    EXIT_CODES.failed,
    /such as 2ADA/,
  ],
  [
    'a limit of a day alone',
    ['pay', 'http://127.0.0.1:9/', '--max', '1ADA', '--max-per-day', `5 ${'ab'.repeat(28)}.00`],
    EXIT_CODES.failed,
    /expected --max for abab/,
  ],
  ['an unknown command', ['steal'], EXIT_CODES.usage, /unknown command/],
  ['no terminal and no passphrase', ['key', 'new'], EXIT_CODES.failed, /--passphrase-env or --passphrase-fd/],
  ['an empty variable', ['key', 'new', '--passphrase-env', 'NONE'], EXIT_CODES.failed, /NONE, found none/],
])('%s ends with its code and a sentence', async (_, args, code, sentence) => {
  const ended = await run(newHome(), args);
  expect(ended.code, ended.errors).toBe(code);
  expect(ended.errors).toMatch(sentence);
});

test('a key is imported from an open file, and a wrong one is not shown', async () => {
  const home = newHome();
  const seedPhrase = newSeedPhrase();
  const args = ['key', 'import', '--passphrase-env', 'PASS', '--secret-fd', '3'];
  const wrong = await run(home, args, {}, 'abandon ability able\n');
  expect(wrong.code).toBe(EXIT_CODES.failed);
  expect(wrong.errors).not.toContain('ability');
  expect(await run(home, args, {}, `${seedPhrase}\n`)).toMatchObject({ code: EXIT_CODES.done, output: '' });
  const told = await run(
    home,
    ['key', 'address', '--network', 'mainnet', '--passphrase-fd', '3'],
    {},
    `${PASSPHRASE}\n`,
  );
  expect(told.output).toBe(`${(await keysOf({ seedPhrase }, 'cardano:mainnet')).address}\n`);
  expect(await readKeyFile(join(home, '.x402-cardano', 'key.json'), PASSPHRASE)).toEqual({ seedPhrase });
});

test('a key file is refused when others may read it, with a wrong passphrase, and when one byte was changed', async () => {
  const path = join(newHome(), 'key.json');
  await writeKeyFile(path, { privateKey: 'ed25519_sk1secret' }, PASSPHRASE);
  expect(await readKeyFile(path, PASSPHRASE)).toEqual({ privateKey: 'ed25519_sk1secret' });
  await expect(readKeyFile(path, `${PASSPHRASE} `)).rejects.toThrow(
    'the passphrase is wrong, or the file was changed',
  );
  const content = JSON.parse(readFileSync(path, 'utf8')) as { secret: string };
  writeFileSync(
    path,
    JSON.stringify({
      ...content,
      secret: `${content.secret.startsWith('A') ? 'B' : 'A'}${content.secret.slice(1)}`,
    }),
  );
  await expect(readKeyFile(path, PASSPHRASE)).rejects.toThrow(
    'the passphrase is wrong, or the file was changed',
  );
  chmodSync(path, 0o640);
  await expect(readKeyFile(path, PASSPHRASE)).rejects.toThrow('mode 0600), found mode 0640');
});

test('the README lists every exit code', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const listed = [...readme.matchAll(/^\| (\d) \|/gm)].map(([, code]) => Number(code));
  expect(listed).toEqual(Object.values(EXIT_CODES));
});
