import { CML, Emulator, generateEmulatorAccount, Lucid } from '@lucid-evolution/lucid';
import {
  blake2b256,
  createdOutputs,
  decodeTransaction,
  nativeAssetId,
  type Transaction,
  toHex,
} from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as cbor from '../../support/cbor-writer.js';
import { cpuMsOf } from '../../support/cpu-ms-of.js';
import { referenceScriptOf } from '../../support/internals.js';
import { MERCHANT, PAYER } from '../../support/payment.js';
import { ALWAYS_SUCCEEDS } from '../../support/plutus.js';
import { buildTransaction, type TransactionSpec } from '../../support/transaction-builder.js';
import { transactionOf } from '../../support/unwrap.js';
import { txHash } from '../../support/world.js';

const POLICY_ID = 'ab'.repeat(28);

const SPEC: TransactionSpec = {
  inputs: [
    { txHash: txHash('b'), index: 7 },
    { txHash: txHash('a'), index: 0 },
  ],
  outputs: [
    {
      address: MERCHANT.addressBytes(0),
      lovelace: 2_000_000n,
      assets: [[POLICY_ID, 'cafe', 2n ** 64n - 1n]],
    },
    { address: PAYER.addressBytes(0), lovelace: 2n ** 53n + 1n, form: 'array' },
  ],
  fee: 170_000n,
  ttl: 123_456_789,
  signers: [PAYER],
};

function decoded(bytes: Uint8Array): Transaction {
  return transactionOf(bytes);
}

test('every part of a transaction is there, in the order received and with all its digits', () => {
  const { bytes, body, id } = buildTransaction({ ...SPEC, body: { 8: cbor.int(5), 15: cbor.int(0) } });
  const transaction = decoded(bytes);
  expect(transaction).toMatchObject({
    id,
    inputs: SPEC.inputs,
    referenceInputs: [],
    collateralInputs: [],
    fee: 170_000n,
    ttl: 123_456_789,
    validityStart: 5,
    networkId: 0,
    isValid: true,
    forbiddenFields: [],
    hasScriptWitnesses: false,
  });
  expect(
    transaction.outputs.map(({ address, lovelace, assets }) => [address, lovelace, [...assets]]),
  ).toEqual([
    [MERCHANT.address(0), 2_000_000n, [[nativeAssetId(POLICY_ID, 'cafe'), 2n ** 64n - 1n]]],
    [PAYER.address(0), 2n ** 53n + 1n, []],
  ]);
  expect(toHex(transaction.bodyBytes)).toBe(toHex(body));
  expect(toHex(blake2b256(transaction.bodyBytes))).toBe(id);
  expect(toHex(transaction.vkeyWitnesses[0]?.publicKey ?? new Uint8Array())).toBe(toHex(PAYER.publicKey));
});

test('the size that the ledger bills leaves out the phase-2 flag, in definite and indefinite arrays alike', () => {
  const definite = buildTransaction(SPEC);
  expect(decoded(definite.bytes).ledgerSize).toBe(definite.bytes.length - 1);
  const parts = [definite.body, definite.witnessSet, cbor.TRUE, cbor.NULL];
  const indefinite = cbor.array(parts, 'indefinite');
  expect(decoded(indefinite).ledgerSize).toBe(definite.bytes.length - 1);
});

test('a native script of sixteen kilobytes, nested in its own kind, is refused at once', () => {
  const level = Uint8Array.of(0x82, 0x02, 0x81);
  const leaf = cbor.array([cbor.int(0), cbor.bytes(new Uint8Array(28))]);
  const script = new Uint8Array(Buffer.concat([...Array.from({ length: 5000 }, () => level), leaf]));
  const { bytes } = buildTransaction({ ...SPEC, witnesses: { 1: cbor.set([script]) } });
  const cpuMs = cpuMsOf(() =>
    expect(decodeTransaction(bytes)).toMatchObject({
      ok: false,
      error: expect.stringContaining('nested deeper'),
    }),
  );
  expect(cpuMs).toBeLessThan(2000);
});

test('two redeemers for the same purpose and index are read as the last of them', () => {
  const redeemer = (memory: number) =>
    cbor.array([cbor.int(0), cbor.int(0), cbor.int(7), cbor.array([cbor.int(memory), cbor.int(1)])]);
  const redeemers = cbor.array([redeemer(1), redeemer(2)]);
  const transaction = decoded(buildTransaction({ ...SPEC, witnesses: { 5: redeemers } }).bytes);
  expect(transaction.hasDuplicateRedeemers).toBe(true);
  expect(transaction.redeemers).toMatchObject([{ purpose: 'spend', index: 0, budget: { memory: 2n } }]);
  expect(toHex(transaction.redeemersBytes ?? new Uint8Array())).toBe(toHex(redeemers));
});

test('the form of three states no phase-2 flag, and has the same id and size', () => {
  const { bytes, body, witnessSet } = buildTransaction(SPEC);
  const three = decoded(cbor.array([body, witnessSet, cbor.NULL]));
  const four = decoded(bytes);
  expect(three).toMatchObject({
    id: four.id,
    isValid: true,
    statesPhase2Flag: false,
    ledgerSize: four.ledgerSize,
  });
  expect(four.statesPhase2Flag).toBe(true);
});

test('datums are there with their hashes, over the bytes as they stand', () => {
  const datum = cbor.tag(121, cbor.array([cbor.int(1, 8)], 'indefinite'));
  const transaction = decoded(buildTransaction({ ...SPEC, witnesses: { 4: cbor.array([datum]) } }).bytes);
  expect(transaction.datumWitnesses).toEqual([{ hash: toHex(blake2b256(datum)), bytes: datum }]);
  expect(toHex(transaction.datumsBytes ?? new Uint8Array())).toBe(toHex(cbor.array([datum])));
});

test('the id does not depend on the witnesses nor on how they are encoded', () => {
  const { body, id } = buildTransaction(SPEC);
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      fc.constantFrom<cbor.Length>('definite', 'indefinite'),
      fc.boolean(),
      (publicKey, signature, length, tagged) => {
        const signatures = [cbor.array([cbor.bytes(publicKey, 4), cbor.bytes(signature)], length)];
        const witnesses = tagged ? cbor.set(signatures, length) : cbor.array(signatures, length);
        const entries = [
          [cbor.int(4), cbor.array([cbor.int(1)])],
          [cbor.int(0, 8), witnesses],
        ] as const;
        const set = cbor.map(entries, length);
        const reordered = cbor.map(entries.toReversed(), length);
        for (const witnessSet of [set, reordered]) {
          const bytes = cbor.array([body, witnessSet, cbor.TRUE, cbor.NULL], length);
          expect(decoded(bytes).id).toBe(id);
        }
      },
    ),
  );
});

test('decoding never throws, on random bytes nor on a transaction with bytes changed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect([true, false]).toContain(decodeTransaction(bytes).ok);
    }),
    { numRuns: 1000 },
  );
  const { bytes } = buildTransaction({
    ...SPEC,
    auxiliaryData: cbor.map([[cbor.int(674), cbor.array([cbor.text('msg'), cbor.bytes(cbor.hex('00'))])]]),
    witnesses: {
      5: cbor.map([
        [
          cbor.array([cbor.int(0), cbor.int(0)]),
          cbor.array([cbor.int(0), cbor.array([cbor.int(1), cbor.int(1)])]),
        ],
      ]),
    },
  });
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bent = Uint8Array.from(bytes);
      for (const [at, value] of changes) bent[at] = value;
      expect([true, false]).toContain(decodeTransaction(bent).ok);
    }),
    { numRuns: 3000 },
  );
});

test('datums and reference scripts are kept as they are, and become facts of the outputs that they lie on', () => {
  const script = cbor.array([cbor.int(3), cbor.bytes(ALWAYS_SUCCEEDS.bytes)]);
  // 65 bytes have to come in chunks, and the constructor in the general form is as good as any.
  const datum = cbor.tag(
    102,
    cbor.array([cbor.int(9), cbor.array([cbor.chunked([new Uint8Array(64), new Uint8Array(1)])])]),
  );
  const { bytes, id } = buildTransaction({
    ...SPEC,
    outputs: [
      {
        address: MERCHANT.addressBytes(0),
        lovelace: 2_000_000n,
        extra: [
          [2, cbor.array([cbor.int(1), cbor.tag(24, cbor.bytes(datum))])],
          [3, cbor.tag(24, cbor.bytes(script))],
        ],
      },
    ],
  });
  const transaction = decoded(bytes);
  const [output] = transaction.outputs;
  expect(referenceScriptOf(output?.scriptRef ?? new Uint8Array())).toEqual({
    hash: toHex(ALWAYS_SUCCEEDS.hash),
    language: 'plutusV3',
    bytes: toHex(ALWAYS_SUCCEEDS.bytes),
  });
  expect(createdOutputs(transaction)).toMatchObject([
    {
      outRef: { txHash: id, index: 0 },
      inlineDatum: toHex(datum),
      referenceScript: { language: 'plutusV3' },
    },
  ]);
});

test('a transaction whose scripts fail leaves its collateral return, behind the outputs that it does not make', () => {
  const collateralReturn = cbor.map([
    [cbor.int(0), cbor.bytes(PAYER.addressBytes(0))],
    [cbor.int(1), cbor.int(3_000_000)],
  ]);
  const { bytes, id } = buildTransaction({ ...SPEC, isValid: cbor.FALSE, body: { 16: collateralReturn } });
  expect(createdOutputs(decoded(bytes))).toMatchObject([
    { outRef: { txHash: id, index: 2 }, address: PAYER.address(0), lovelace: 3_000_000n },
  ]);
});

test('transactions that Lucid builds and signs decode to what Lucid says of them', async () => {
  const unit = `${POLICY_ID}cafe`;
  const payer = generateEmulatorAccount({ lovelace: 50_000_000n, [unit]: 12n });
  const lucid = await Lucid(new Emulator([payer]), 'Custom');
  lucid.selectWallet.fromSeed(payer.seedPhrase);
  const built = await lucid
    .newTx()
    .pay.ToAddress(payer.address, { lovelace: 3_000_000n, [unit]: 5n })
    .attachMetadata(674, { msg: ['paid'] })
    .validTo(Date.now() + 600_000)
    .complete();
  const signed = await built.sign.withWallet().complete();
  const transaction = decoded(cbor.hex(signed.toCBOR()));
  const theirs = CML.Transaction.from_cbor_hex(signed.toCBOR());
  expect(transaction.id).toBe(signed.toHash());
  expect(transaction.fee).toBe(theirs.body().fee());
  expect(transaction.auxiliaryDataHash).toBe(theirs.body().auxiliary_data_hash()?.to_hex());
  expect(transaction.outputs.map(({ address }) => address)).toEqual([payer.address, payer.address]);
  expect(transaction.outputs[0]?.assets.get(nativeAssetId(POLICY_ID, 'cafe'))).toBe(5n);
});
