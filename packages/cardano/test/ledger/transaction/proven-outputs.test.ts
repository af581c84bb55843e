import { expect, test } from 'vitest';
import { decodeTransaction, outRefKey, provenOutputs, type TxHash } from '../../../src/ledger/index.js';
import { buildTransaction, PAYER } from '../../support/index.js';

const spent = { txHash: 'ab'.repeat(32) as TxHash, index: 1 };
const { bytes } = buildTransaction({
  inputs: [spent],
  outputs: [{ address: PAYER.addressBytes(0), lovelace: 2_000_000n }],
  fee: 200_000n,
  signers: [PAYER],
});
const decoded = decodeTransaction(bytes);
if (!decoded.ok) throw new Error(decoded.error);
const { id } = decoded.value;
const included = { bytes, isValid: true };

test('outputs are proven by the id of their transaction, and by what it spent', () => {
  for (const proven of [provenOutputs(included, id), provenOutputs(included, id, spent)])
    expect(proven).toMatchObject({
      ok: true,
      value: [{ outRef: { txHash: id, index: 0 }, lovelace: 2_000_000n }],
    });
});

test.each([
  ['other bytes', { bytes: Uint8Array.of(0x80), isValid: true }, id, undefined, 'found others'],
  ['the bytes of another transaction', included, spent.txHash, undefined, `found those of ${id}`],
  [
    'an output that it did not spend',
    included,
    id,
    { ...spent, index: 2 },
    `to spend ${outRefKey({ ...spent, index: 2 })}`,
  ],
  ['what failed scripts did not spend', { bytes, isValid: false }, id, spent, 'found that it does not'],
])('%s prove nothing', (_, given, txHash, wanted, why) => {
  expect(provenOutputs(given, txHash, wanted)).toEqual({ ok: false, error: expect.stringMatching(why) });
});
