import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { expect, onTestFinished, test } from 'vitest';
import { keysOf, newSeedPhrase } from '../src/index.js';
import { writeKeyFile } from '../src/node/index.js';
import { openChain } from './support/chain.js';
import { type Said, sellerOf } from './support/seller.js';

const MAIN = new URL('../dist/cli/main.js', import.meta.url).pathname;
const DELIVERED: Said = {
  status: 200,
  receipt: { success: true, transaction: 'c'.repeat(64), network: 'cardano:preview' },
};

/** The SDK's own client, connected to the command line as a process. */
async function agent() {
  const { devnet, grant } = await openChain();
  const home = mkdtempSync(join(tmpdir(), 'x402-mcp-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const seedPhrase = newSeedPhrase();
  await writeKeyFile(join(home, 'key.json'), { seedPhrase }, 'correct horse battery staple');
  const { address } = await keysOf({ seedPhrase }, 'cardano:preview');
  for (let output = 0; output < 4; output += 1) grant(address, 20_000_000n);
  const limits = ['--max', '3ADA', '--max-per-day', '5ADA'];
  const where = [
    '--network',
    'preview',
    '--blockfrost-url',
    devnet.url,
    '--purchases',
    join(home, 'purchases'),
  ];
  const key = ['--key', join(home, 'key.json'), '--passphrase-env', 'PASS'];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, 'mcp', ...limits, ...where, ...key, '--patience', '1'],
    env: { PATH: process.env.PATH ?? '', HOME: home, PASS: 'correct horse battery staple' },
    stderr: 'ignore',
  });
  const client = new Client({ name: 'agent', version: '1' });
  await client.connect(transport);
  onTestFinished(() => client.close());
  const call = async (name: string, given: Record<string, unknown> = {}) => {
    const { isError, content } = (await client.callTool({ name, arguments: given })) as CallToolResult;
    const [first] = content;
    return { isError: isError === true, text: first?.type === 'text' ? first.text : '' };
  };
  const tell = async (name: string, given: Record<string, unknown> = {}) => {
    const { isError, text } = await call(name, given);
    expect(isError, text).toBe(false);
    return JSON.parse(text) as Record<string, unknown>;
  };
  return { client, call, tell, seedPhrase };
}

test('an agent looks at a price, pays, and reads the purchase, with the SDK’s own client', async () => {
  const { client, tell, seedPhrase } = await agent();
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).sort()).toEqual(['look_at_price', 'pay', 'read_purchase']);
  let isUp = false;
  const seller = await sellerOf(() => (isUp ? DELIVERED : { status: 503 }));

  expect(await tell('look_at_price', { url: seller.url })).toMatchObject({
    status: 402,
    prices: [{ asset: 'lovelace', amount: '2000000', payTo: seller.payTo }],
    limits: { lovelace: { perPayment: '3000000', perDay: '5000000' } },
  });
  expect(seller.shown).toHaveLength(0);

  const first = await tell('pay', { url: seller.url });
  expect(first).toMatchObject({ outcome: 'open', status: 503 });
  const { purchaseId } = first;
  const read = await tell('read_purchase', { purchaseId });
  expect(read).toMatchObject({ purchases: [{ purchaseId, state: 'open', payment: 'possible' }] });
  // Neither the payment nor the key is an agent's to see.
  expect(JSON.stringify(read)).not.toContain('transactionBase64');
  expect(JSON.stringify(read)).not.toContain(seedPhrase.split(' ').slice(0, 3).join(' '));

  isUp = true;
  expect(await tell('pay', { url: seller.url })).toMatchObject({
    outcome: 'delivered',
    purchaseId,
    resource: '{"ok":true}',
    spent: { lovelace: expect.stringMatching(/^21\d{5}$/) },
  });
  expect(new Set(seller.shown).size).toBe(1);
});

test('an agent cannot raise its limits, nor pay past them, and is told why', async () => {
  const { client, call, tell } = await agent();
  const { tools } = await client.listTools();
  for (const { inputSchema } of tools) expect(JSON.stringify(inputSchema)).not.toMatch(/limit|max/i);
  const dear = await sellerOf(() => DELIVERED, { amount: '3000000' });
  const refused = await call('pay', { url: dear.url, limits: 'unlimited', max: '100ADA' });
  expect(refused).toMatchObject({
    isError: true,
    text: expect.stringMatching(/^RefusedPaymentError: not signed: expected at most 3000000 lovelace/),
  });
  const fair = await sellerOf(() => DELIVERED);
  for (let purchase = 0; purchase < 2; purchase += 1) await tell('pay', { url: fair.url });
  expect((await call('pay', { url: fair.url })).text).toMatch(
    /at most 5000000 lovelace to leave the wallet in a day/,
  );
  expect(dear.shown).toHaveLength(0);
  expect(fair.shown).toHaveLength(2);
  expect((await call('pay', { url: 'file:///etc/passwd' })).isError).toBe(true);
  expect((await call('read_purchase', { purchaseId: 'ab'.repeat(16) })).text).toContain(
    'there is no such purchase',
  );
});
