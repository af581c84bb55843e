import {
  judgePhase1,
  type LedgerInput,
  nativeAssetId,
  outRefKey,
  type ProtocolParameters,
  slotAt,
} from '@x402-facilitator/cardano';
import { describe, expect, test } from 'vitest';
import * as cbor from '../../support/cbor-writer.js';
import { JUDGED_BEFORE, PHASE_1_RULES, RULES, referenceScriptFee } from '../../support/internals.js';
import { FEE, MERCHANT, PAYER, PRICE } from '../../support/payment.js';
import { buildTransaction, outRefCbor, type TransactionSpec } from '../../support/transaction-builder.js';
import { transactionOf } from '../../support/unwrap.js';
import { walletOf } from '../../support/wallet.js';
import { MemoryWorld } from '../../support/world.js';

const STRANGER = walletOf('stranger');
const FUNDS = 10_000_000n;

/** A plain payment as the ledger gets it, bent before it is signed. */
async function ledgerInput(
  bend: (spec: TransactionSpec, world: MemoryWorld) => TransactionSpec = (spec) => spec,
  parameters: Partial<ProtocolParameters> = {},
): Promise<LedgerInput> {
  const world = new MemoryWorld();
  const source = await world.fund(PAYER, { lovelace: FUNDS });
  const slot = slotAt(world.facts.timeline, world.nowMs);
  const spec: TransactionSpec = {
    inputs: [source.outRef],
    outputs: [
      { address: MERCHANT.addressBytes(0), lovelace: PRICE },
      { address: PAYER.addressBytes(0), lovelace: FUNDS - PRICE - FEE },
    ],
    fee: FEE,
    ttl: slot + 300,
    signers: [PAYER],
  };
  return {
    transaction: transactionOf(buildTransaction(bend(spec, world)).bytes),
    parameters: { ...world.facts.parameters, ...parameters },
    slot,
    network: 'cardano:preview',
    outputs: new Map([[outRefKey(source.outRef), source]]),
  };
}

function rulesBroken(input: LedgerInput): string[] {
  return judgePhase1(input).map(({ rule }) => rule);
}

test('a plain payment is accepted', async () => {
  expect(judgePhase1(await ledgerInput())).toEqual([]);
});

describe('what a lenient reader lets pass is refused', () => {
  test.each<[string, string, (spec: TransactionSpec) => TransactionSpec]>([
    [
      'an input that is there twice',
      'DecoderFailure',
      (spec) => ({ ...spec, inputs: [...spec.inputs, ...spec.inputs] }),
    ],
    [
      'a wrong network id in the body',
      'WrongNetworkInTxBody',
      (spec) => ({ ...spec, body: { 15: cbor.int(1) } }),
    ],
    [
      'an output on another network',
      'WrongNetwork',
      (spec) => ({
        ...spec,
        outputs: [{ address: MERCHANT.addressBytes(1), lovelace: PRICE }, ...spec.outputs.slice(1)],
      }),
    ],
    ['a false phase-2 flag', 'ValidationTagMismatch', (spec) => ({ ...spec, isValid: cbor.FALSE })],
    [
      'a hash of auxiliary data that is not there',
      'MissingTxMetadata',
      (spec) => ({ ...spec, body: { 7: cbor.bytes(new Uint8Array(32)) } }),
    ],
    [
      'a TTL whose slot has just begun',
      'OutsideValidityIntervalUTxO',
      (spec) => ({ ...spec, ttl: Number(spec.ttl) - 300 }),
    ],
    [
      'an output below min-UTxO for its own bytes only',
      'BabbageOutputTooSmallUTxO',
      (spec) => ({
        ...spec,
        outputs: [
          cbor.map([
            [cbor.int(0, 8), cbor.bytes(MERCHANT.addressBytes(0), 8)],
            [cbor.int(1, 8), cbor.int(860_000, 8)],
          ]),
          { address: PAYER.addressBytes(0), lovelace: FUNDS - 860_000n - FEE },
        ],
      }),
    ],
    [
      'a key of small order',
      'InvalidWitnessesUTXOW',
      (spec) => {
        const witness = [
          cbor.bytes(cbor.hex(`01${'00'.repeat(31)}`)),
          cbor.bytes(cbor.hex(`01${'00'.repeat(63)}`)),
        ];
        const [own] = [cbor.array([cbor.bytes(PAYER.publicKey), cbor.bytes(PAYER.sign(new Uint8Array()))])];
        return { ...spec, signers: [], witnesses: { 0: cbor.set([own ?? cbor.NULL, cbor.array(witness)]) } };
      },
    ],
  ])('%s: %s', async (_, rule, bend) => {
    const input = await ledgerInput(bend);
    expect(rulesBroken(input)).toContain(rule);
  });
});

describe('what a strict reader refuses although a node does not is accepted', () => {
  test.each<[string, (spec: TransactionSpec) => TransactionSpec]>([
    ['a signature that nobody asked for', (spec) => ({ ...spec, signers: [PAYER, STRANGER] })],
    ['a body in indefinite lengths', (spec) => ({ ...spec, encoding: { length: 'indefinite' } })],
    [
      'a total collateral that is not there, without scripts',
      (spec) => ({
        ...spec,
        body: { 13: cbor.set(spec.inputs.map((ref) => outRefCbor(ref))), 17: cbor.int(5) },
      }),
    ],
  ])('%s', async (_, bend) => {
    expect(rulesBroken(await ledgerInput(bend))).toEqual([]);
  });

  test('a fee and a size that do not count the phase-2 flag', async () => {
    const { transaction } = await ledgerInput();
    const minFeeConstant = FEE - 44n * BigInt(transaction.ledgerSize);
    const maxTransactionBytes = transaction.ledgerSize;
    expect(rulesBroken(await ledgerInput(undefined, { minFeeConstant, maxTransactionBytes }))).toEqual([]);
    const [fee, size] = [
      await ledgerInput(undefined, { minFeeConstant: minFeeConstant + 1n }),
      await ledgerInput(undefined, { maxTransactionBytes: maxTransactionBytes - 1 }),
    ];
    expect(rulesBroken(fee)).toEqual(['FeeTooSmallUTxO']);
    expect(rulesBroken(size)).toEqual(['MaxTxSizeUTxO']);
  });

  test('a reference input that is also spent, from protocol version 11 on', async () => {
    const bend = (spec: TransactionSpec) => ({
      ...spec,
      body: { 18: cbor.set(spec.inputs.map((ref) => outRefCbor(ref))) },
    });
    expect(rulesBroken(await ledgerInput(bend))).toEqual(['BabbageNonDisjointRefInputs']);
    const later = await ledgerInput(bend, { protocolVersion: { major: 11, minor: 0 } });
    expect(rulesBroken(later)).toEqual([]);
  });
});

test('every failure is reported, not only the first', async () => {
  const input = await ledgerInput((spec) => ({ ...spec, signers: [], fee: 1n, body: { 15: cbor.int(1) } }));
  expect(rulesBroken(input).toSorted()).toEqual([
    'FeeTooSmallUTxO',
    'MissingVKeyWitnessesUTXOW',
    'ValueNotConservedUTxO',
    'WrongNetworkInTxBody',
  ]);
});

test('an unknown input is a failure, not an exception', async () => {
  const input = await ledgerInput();
  expect(rulesBroken({ ...input, outputs: new Map() })).toEqual(['BadInputsUTxO']);
});

test('quantities beyond 2^53 are compared with all their digits', async () => {
  const asset = nativeAssetId('ab'.repeat(28), '01');
  const world = new MemoryWorld();
  const judged = async (held: bigint, sent: bigint) => {
    const source = await world.fund(PAYER, { lovelace: FUNDS, assets: [[asset, held]] });
    const input = await ledgerInput((spec) => ({
      ...spec,
      inputs: [source.outRef],
      outputs: [
        { address: MERCHANT.addressBytes(0), lovelace: PRICE, assets: [['ab'.repeat(28), '01', sent]] },
        { address: PAYER.addressBytes(0), lovelace: FUNDS - PRICE - FEE },
      ],
    }));
    return rulesBroken({ ...input, outputs: new Map([[outRefKey(source.outRef), source]]) });
  };
  expect(await judged(2n ** 63n + 1n, 2n ** 63n + 1n)).toEqual([]);
  expect(await judged(2n ** 63n + 1n, 2n ** 63n)).toEqual(['ValueNotConservedUTxO']);
});

test('parameters beyond 2^53 are compared with all their digits', async () => {
  const maxTransactionExecutionUnits = { memory: 2n ** 63n - 1n, steps: 2n ** 63n - 1n };
  expect(rulesBroken(await ledgerInput(undefined, { maxTransactionExecutionUnits }))).toEqual([]);
});

test('ledger rules that are left out are rules of the ledger, and a verification rule that exists judges each', () => {
  const names = new Set(RULES.map(({ name }) => name));
  const ledgerNames = new Set(PHASE_1_RULES.map(({ name }) => name));
  for (const [name, rule] of JUDGED_BEFORE) {
    expect(ledgerNames).toContain(name);
    expect(names).toContain(rule.name);
  }
});

test.each([
  [0n, 0n],
  [1n, 15n],
  [25_599n, 383_985n],
  [25_600n, 384_000n],
  [25_601n, 384_018n],
  [51_200n, 844_800n],
  // 384 000 + 460 800 + 1 byte at 21.6.
  [51_201n, 844_821n],
])('%i bytes of reference scripts cost %i lovelace at 15 a byte', async (bytes, lovelace) => {
  const { parameters } = await ledgerInput();
  expect(referenceScriptFee(bytes, parameters)).toBe(lovelace);
});
