import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { HTTPFacilitatorClient, x402ResourceServer } from '@x402/core/server';
import type { SchemeNetworkServer } from '@x402/core/types';
import { minimumLovelace } from '@x402-facilitator/cardano';
import {
  buildTransaction,
  MERCHANT,
  type OutputSpec,
  PAYER,
  PREVIEW,
  transactionOf,
  txHash,
} from '@x402-facilitator/cardano/testing';
import { ROOT } from '@x402-facilitator/tools/stack';
import { expect, onTestFinished, test } from 'vitest';

const page = readFileSync(join(ROOT, 'docs/integrating.md'), 'utf8');

test('what docs/integrating.md tells to copy of the paywall runs alone', async () => {
  const [, sentence = ''] = /Copy only (.*?), the\s+scheme's server side/s.exec(page) ?? [];
  const files = [...sentence.matchAll(/`(src\/[\w-]+\.ts)`/g)].map(([, file = '']) => file);
  const directory = mkdtempSync(join(tmpdir(), 'x402-copied-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const file of files)
    copyFileSync(join(ROOT, 'examples/paywall', file), join(directory, basename(file)));
  const module = await import(join(directory, 'exact-cardano-server.ts'));
  const scheme: SchemeNetworkServer = new module.ExactCardanoServer();
  new x402ResourceServer(new HTTPFacilitatorClient({ url: 'http://127.0.0.1:9' })).register(
    'cardano:preview',
    scheme,
  );
  expect(await scheme.parsePrice('2.5 ADA', 'cardano:preview')).toEqual({
    asset: 'lovelace',
    amount: '2500000',
  });
});

test('docs/integrating.md says the least price in ADA as the ledger reckons it', () => {
  const leastFor = (output: Exclude<OutputSpec, Uint8Array>) => {
    const { bytes } = buildTransaction({
      inputs: [{ txHash: txHash('any'), index: 0 }],
      outputs: [output],
      fee: 200_000n,
      signers: [PAYER],
    });
    const [paid] = transactionOf(bytes).outputs;
    if (paid === undefined) throw new Error('expected an output');
    return minimumLovelace(paid, PREVIEW.parameters);
  };
  const lovelace = 1_000_000n;
  const enterprise = MERCHANT.addressBytes(0);
  const base = Uint8Array.of(0x00, ...enterprise.slice(1), ...PAYER.addressBytes(0).slice(1));
  const short = leastFor({ address: enterprise, lovelace, form: 'array' });
  const long = leastFor({ address: base, lovelace, form: 'array' });
  expect(page).toContain(`${short} lovelace at an address\n  without a stake part, ${long} with one`);
  for (const [address, least] of [
    [enterprise, short],
    [base, long],
  ] as const)
    expect(page).toContain(`${leastFor({ address, lovelace }) - least} more where the wallet writes`);
});
