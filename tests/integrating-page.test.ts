import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { expect, test } from 'vitest';

const page = readFileSync(join(ROOT, 'docs/integrating.md'), 'utf8');

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
