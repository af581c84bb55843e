import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runOps } from '../src/ops/index.js';
import { signReceipt } from '../src/receipts/sign-receipt.js';
import { openWallet } from '../src/wallet/index.js';
import { newPrivateKey } from './support/payments.js';
import { RECEIPT } from './support/receipt.js';

const directory = mkdtempSync(join(tmpdir(), 'x402-receipt-'));
const file = join(directory, 'receipt.json');
const wallet = newPrivateKey();
beforeAll(async () => {
  const opened = await openWallet({
    network: 'cardano:preview',
    secret: { kind: 'privateKey', privateKey: wallet.privateKey },
    blockfrost: { url: 'http://127.0.0.1:9/api/v0' },
  });
  writeFileSync(file, JSON.stringify(await signReceipt(opened, RECEIPT)));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function ops(...args: readonly string[]) {
  const lines = { out: '', err: '' };
  const code = await runOps({
    args: ['receipt', ...args],
    readConfig: () => {
      throw new Error('a receipt is checked without a configuration');
    },
    out: (text) => {
      lines.out += `${text}\n`;
    },
    err: (text) => {
      lines.err += `${text}\n`;
    },
    now: Date.now,
  });
  return { code, ...lines };
}

it('says who signed what, for people and for programs', async () => {
  const address = await wallet.address();
  const people = await ops('verify', file);
  expect(people).toMatchObject({ code: 0, err: '' });
  expect(people.out).toContain(
    `valid: signed by ${address}\nwhether that is an address you trust, you have to know`,
  );
  expect(people.out).toMatch(/^amount +2000000$/m);
  const program = await ops('verify', file, '--address', address, '--json');
  expect(program.code).toBe(0);
  expect(JSON.parse(program.out)).toEqual({ address, receipt: RECEIPT });
});

it('refuses a signer other than the one asked for', async () => {
  const trusted = await newPrivateKey().address();
  const { code, out, err } = await ops('verify', file, '--address', trusted);
  expect([code, out, err]).toEqual([
    1,
    '',
    `not a receipt of ${trusted}: it is signed by ${await wallet.address()}\n`,
  ]);
});

it('says what is wrong with a file that is not a receipt, or is missing', async () => {
  const text = join(directory, 'text');
  writeFileSync(text, 'no JSON');
  expect(await ops('verify', text)).toMatchObject({ code: 1, err: 'not a valid receipt: expected JSON\n' });
  const missing = join(directory, 'missing');
  expect(await ops('verify', missing)).toMatchObject({
    code: 1,
    err: expect.stringContaining(`${missing} cannot be read`),
  });
});

it.each([[[]], [['verify']], [['check', file]], [['verify', file, file]]])(
  'does not understand %j',
  async (args) => {
    expect(await ops(...args)).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected "receipt verify FILE"'),
    });
  },
);
