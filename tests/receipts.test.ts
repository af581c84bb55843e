import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { baseEnvironment, fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, get, post, signPayment } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

const stack = useStack({ paywall: false });
const directory = mkdtempSync(join(tmpdir(), 'x402-receipts-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const RESOURCE = 'https://seller.example/weather';
const QUERY = '?city=Zürich';
let answer: Answer;
let transaction: string;
let file: string;

beforeAll(async () => {
  const payer = await fundPayer(stack(), { outputs: 1 });
  const payment = await signPayment(stack(), payer, { resource: RESOURCE + QUERY });
  transaction = payment.transaction;
  const url = replica(stack().apis).url;
  const settled = await post(`${url}/settle`, payment.request);
  expect(settled.body).toMatchObject({ success: true });
  await waitUntil(
    async () => {
      answer = await get(`${url}/status/${transaction}/receipt`);
      return answer.status === 200;
    },
    { what: 'the receipt to be signed' },
  );
  file = write('receipt.json', answer.body);
});

function write(name: string, document: unknown): string {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(document));
  return path;
}

type Run = { readonly code: number; readonly out: string; readonly err: string };

/** Node without the stack's configuration, as on a stranger's machine. */
function node(args: readonly string[], cwd: string = ROOT): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { env: baseEnvironment(), cwd }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

const ops = (...args: readonly string[]) => node([join(ROOT, 'apps/worker/dist/ops.js'), 'receipt', ...args]);

test('a payment over HTTP has a receipt that names what was bought, signed by an address of /supported', async () => {
  expect(answer.body).toMatchObject({
    format: 'cip8',
    receipt: { version: 1, transaction, resource: RESOURCE, amount: '2000000', payTo: stack().payTo },
  });
  expect(JSON.parse(String(answer.body.payload))).toEqual(answer.body.receipt);
  expect(JSON.stringify(answer.body)).not.toContain('city');
  const url = replica(stack().apis).url;
  await waitUntil(
    async () => {
      const { body } = await get(`${url}/supported`);
      const signers = body.signers as Readonly<Record<string, readonly string[]>>;
      return signers['cardano:preview']?.includes(String(answer.body.address)) === true;
    },
    // Known to the API within half a minute of its start.
    { what: 'the signer to be listed' },
  );
});

test('ops receipt verify checks it offline, without a configuration, and its exit code says the result', async () => {
  const { address } = answer.body;
  const valid = await ops('verify', file);
  expect(valid).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining(`valid: signed by ${address}`),
  });
  expect(valid.out).toContain(RESOURCE);

  const payload = String(answer.body.payload).replace('"2000000"', '"9000000"');
  const forged = { ...answer.body, payload, receipt: JSON.parse(payload) };
  expect(await ops('verify', write('forged.json', forged))).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('not a valid receipt: signature'),
  });
});

test('the snippet in docs/receipts.md checks it without our code', async () => {
  const page = readFileSync(join(ROOT, 'docs/receipts.md'), 'utf8');
  const [, snippet = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
  expect(snippet.trim().split('\n')).toHaveLength(9);
  const check = (path: string, trusted: unknown) =>
    node(
      ['--input-type=module', '-e', snippet, '--', 'check.mjs', path, String(trusted)],
      join(ROOT, 'apps/worker'),
    );
  const [own, other] = await Promise.all([check(file, answer.body.address), check(file, stack().payTo)]);
  expect(own).toMatchObject({ code: 0, out: expect.stringContaining(transaction) });
  expect(other).toMatchObject({ code: 1, err: expect.stringContaining('not signed by') });
});
