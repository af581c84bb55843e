import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePaymentRequiredHeader, encodePaymentResponseHeader } from '@x402/core/http';
import { keysOf, newSeedPhrase } from '@x402-facilitator/client';
import { startDevnet } from '@x402-facilitator/devnet';
import { expect, onTestFinished, test } from 'vitest';

test('what a stranger writes buys a resource, and keeps the purchase', async () => {
  const devnet = await startDevnet({ blockMs: 0 });
  onTestFinished(() => devnet.close());
  const [payer, seller] = await Promise.all(
    [newSeedPhrase(), newSeedPhrase()].map(async (seedPhrase) => ({
      seedPhrase,
      address: (await keysOf({ seedPhrase }, 'cardano:preview')).address,
    })),
  );
  if (payer === undefined || seller === undefined) throw new Error('no keys');
  devnet.faucet.grant({ address: payer.address, lovelace: 50_000_000n, assets: new Map(), outputs: 1 });
  const shown: string[] = [];
  const shop = createServer((request, response) => {
    const payment = request.headers['payment-signature'];
    if (typeof payment === 'string') {
      shown.push(payment);
      const receipt = { success: true, transaction: 'c'.repeat(64), network: 'cardano:preview' as const };
      response.setHeader('payment-response', encodePaymentResponseHeader(receipt));
      response.end('{"report":"fine"}');
      return;
    }
    const price = {
      scheme: 'exact',
      network: 'cardano:preview' as const,
      asset: 'lovelace',
      amount: '2000000',
      payTo: seller.address,
      maxTimeoutSeconds: 600,
      extra: {},
    };
    const url = `http://${request.headers.host}/report`;
    response.setHeader(
      'payment-required',
      encodePaymentRequiredHeader({ x402Version: 2, error: '', resource: { url }, accepts: [price] }),
    );
    response.writeHead(402).end('{}');
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void shop.close());
  const directory = mkdtempSync(join(tmpdir(), 'x402-payer-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));

  const main = new URL('../dist/main.js', import.meta.url).pathname;
  const url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/report`;
  const child = spawn(process.execPath, [main, url], {
    cwd: directory,
    env: { PATH: process.env.PATH, SEED: payer.seedPhrase, BLOCKFROST_URL: devnet.url },
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (errors += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ code, output }, errors).toEqual({ code: 0, output: 'delivered {"report":"fine"}\n' });
  expect(shown).toHaveLength(1);
  expect(readdirSync(join(directory, 'purchases'))).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.json$/)]);
});
