import { fundPayer } from '@x402-facilitator/tools/stack';
import { expect, test } from 'vitest';
import { get, post, signPayment } from './support/facilitator.js';
import { runOps } from './support/ops.js';
import { replica, useStack } from './support/use-stack.js';

const DENIED = 'exact_cardano_facilitator_screening_denied';

const stack = useStack({
  blockMs: 0,
  apis: 2,
  paywall: false,
  settings: { X402_SCREENING__ENABLED: 'true' },
});
const ops = (...args: readonly string[]) => runOps(stack().settings, ...args);

test('ops deny holds at once on every replica, for payments that were verified before, until ops allow', async () => {
  const payer = await fundPayer(stack(), { outputs: 3 });
  const { address } = payer.wallet;
  const urls = [0, 1].map((index) => replica(stack().apis, index).url);
  const { request, transaction } = await signPayment(stack(), payer);
  for (const url of urls) expect((await post(`${url}/verify`, request)).body.isValid).toBe(true);

  const denied = await ops('deny', address, '--reason', 'asked for by an authority');
  expect(denied).toMatchObject({ code: 0, err: '' });
  expect(denied.out).toMatch(/^addr_test1\w+ is denied, with every address of [0-9a-f]{56}/);
  for (const url of urls) {
    const verified = await post(`${url}/verify`, request);
    expect(verified.body).toMatchObject({ isValid: false, invalidReason: DENIED, payer: address });
    const settled = await post(`${url}/settle`, request);
    expect(settled.body).toMatchObject({ success: false, errorReason: DENIED, transaction: '' });
    expect(JSON.stringify([verified.body, settled.body])).not.toContain('authority');
    expect((await get(`${url}/status/${transaction}`)).status).toBe(404);
  }

  const listed = await ops('deny', '--list');
  expect(listed.out).toMatch(new RegExp(`^${address}\\n  20\\S+Z {2}asked for by an authority\\n$`));
  const [told] = JSON.parse((await ops('deny', '--list', '--json')).out);
  expect(told).toMatchObject({ entry: address, reason: 'asked for by an authority' });

  expect(await ops('allow', address)).toMatchObject({
    code: 0,
    out: `${address} is no longer denied by an operator\n`,
    err: '',
  });
  for (const url of urls) expect((await post(`${url}/verify`, request)).body.isValid).toBe(true);
  expect((await ops('deny', '--list')).out).toBe('no party is denied\n');
});

test('ops says what it expected, and what an entry that goes leaves denied', async () => {
  const [one, other] = ['ab'.repeat(28), 'cd'.repeat(28)];
  expect(await ops('deny', one ?? '')).toMatchObject({
    code: 2,
    err: expect.stringContaining('expected an address or a credential and --reason TEXT, or --list alone'),
  });
  expect(await ops('deny', 'Mallory', '--reason', 'a test')).toMatchObject({
    code: 2,
    err: expect.stringContaining('found "Mallory"'),
  });
  expect(await ops('allow', other ?? '')).toMatchObject({
    code: 1,
    err: expect.stringContaining('was not denied by an operator'),
  });
  expect(await ops('deny')).toMatchObject({ code: 2 });
  const off = { ...stack().settings, X402_SCREENING__ENABLED: 'false' };
  expect(await runOps(off, 'deny', one ?? '', '--reason', 'a test')).toMatchObject({
    code: 0,
    err: expect.stringContaining('screening.enabled is false here'),
  });
});
