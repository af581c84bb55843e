import { blake2b224, nativeAssetId, type ReferenceScript, toHex } from '@x402-facilitator/cardano';
import * as cbor from '../support/cbor-writer.js';
import { flatProgram } from '../support/flat.js';
import { type Draft, FEE, MERCHANT, PAYER, type PaymentChanges, PRICE } from '../support/payment.js';
import { TOKEN_POLICY } from '../support/tokens.js';
import { buildTransaction, outRefCbor, type TransactionSpec } from '../support/transaction-builder.js';
import { txHash, type World } from '../support/world.js';
import { type Case, cases } from './case.js';
import * as rules from './rules.js';
import { SECOND_FUNDS, second } from './second-output.js';

const P = 'invalid_exact_cardano_payload';
const LOOKUP_FAILED = 'exact_cardano_facilitator_chain_lookup_failed';
const TOKEN = nativeAssetId(TOKEN_POLICY, '01');

/** The usual outputs with this fee, the change made to fit. */
function withFee({ spec, source }: Draft, fee: bigint): TransactionSpec {
  const [payment] = spec.outputs;
  if (payment === undefined) throw new Error('a draft pays');
  const change = { address: PAYER.addressBytes(0), lovelace: source.lovelace - PRICE - fee };
  return { ...spec, outputs: [payment, change], fee };
}

/** The least fee of the usual payment by the ledger's formula: the size does not count the phase-2 flag. */
function leastFee(draft: Draft): bigint {
  const { minFeeConstant, minFeePerByte } = draft.world.facts.parameters;
  const size = buildTransaction(withFee(draft, FEE)).bytes.length - 1;
  return minFeeConstant + minFeePerByte * BigInt(size);
}

/** A transaction that names an output that never existed. */
const withUnknownInput: PaymentChanges = {
  transaction: ({ spec }) => ({
    ...spec,
    inputs: [...spec.inputs, { txHash: txHash('never made'), index: 0 }],
  }),
};

/** Both a missing input and one that could not be looked up. */
const withMissingAndHiddenInput = async (world: World): Promise<PaymentChanges> => {
  const other = await world.fund(PAYER, { lovelace: SECOND_FUNDS });
  await world.hide(other.outRef);
  return {
    transaction: ({ spec }) => ({
      ...spec,
      inputs: [...spec.inputs, other.outRef, { txHash: txHash('never made'), index: 0 }],
    }),
  };
};

const happensToNonce = (happens: (draft: Draft) => Promise<void>): PaymentChanges => ({
  transaction: async (draft) => {
    await happens(draft);
    return draft.spec;
  },
});

const LARGE_PROGRAM = cbor.bytes(
  flatProgram({ kind: 'constant', constant: { type: 'bytes', value: new Uint8Array(12_000) } }),
);

/** Twelve kilobytes of script: at 15 lovelace a byte they cost more than the usual fee leaves. */
const LARGE_SCRIPT: ReferenceScript = {
  hash: toHex(blake2b224(Uint8Array.of(3, ...LARGE_PROGRAM))),
  language: 'plutusV3',
  bytes: toHex(LARGE_PROGRAM),
};

const largeReferenceScript = async (world: World): Promise<PaymentChanges> => {
  const reference = await world.fund(PAYER, { lovelace: 60_000_000n, referenceScript: LARGE_SCRIPT });
  return {
    transaction: ({ spec }) => ({ ...spec, body: { 18: cbor.set([outRefCbor(reference.outRef)]) } }),
  };
};

/** Rules that need the outputs which the transaction names. */
export const CHAIN_CASES: readonly Case[] = [
  ...cases(
    { rule: rules.nonceOnChain, expect: `${P}_nonce_not_on_chain` },
    {
      'the nonce was spent by another transaction': happensToNonce(({ world, source }) =>
        world.spend(source),
      ),
      'the nonce never existed': {
        nonce: () => `${txHash('never made')}#0`,
        ...withUnknownInput,
      },
    },
  ),
  ...cases(
    { rule: rules.nonceOnChain, expect: LOOKUP_FAILED },
    {
      'the nonce could not be looked up': happensToNonce(({ world, source }) => world.hide(source.outRef)),
    },
  ),
  ...cases(
    { rule: rules.inputsAvailable, expect: `${P}_input_not_available` },
    {
      'another input was spent': second('input', (world, output) => world.spend(output)),
      'another input never existed': withUnknownInput,
      'a reference input was spent': second('reference', (world, output) => world.spend(output)),
      'a collateral input was spent': second('collateral', (world, output) => world.spend(output)),
      'an input is missing and another could not be looked up': withMissingAndHiddenInput,
    },
  ),
  ...cases(
    { rule: rules.inputsAvailable, expect: LOOKUP_FAILED },
    {
      'another input could not be looked up': second('input', (world, output) => world.hide(output.outRef)),
      'a reference input could not be looked up': second('reference', (world, output) =>
        world.hide(output.outRef),
      ),
    },
  ),
  ...cases(
    { rule: rules.inputsAvailable, expect: 'verified' },
    {
      'there is a second input': second('input'),
      'there is a reference input': second('reference'),
      'there is collateral that no script needs': second('collateral'),
    },
  ),
  ...cases(
    { rule: rules.inputReserved, expect: `${P}_input_reserved` },
    {
      'another payment in flight holds the nonce': happensToNonce(({ world, source }) =>
        world.reserve(source.outRef),
      ),
    },
  ),
  ...cases(
    { rule: rules.valueConserved, expect: `${P}_value_not_conserved` },
    {
      'one lovelace comes from nowhere': {
        transaction: (draft) => ({ ...withFee(draft, FEE), fee: FEE + 1n }),
      },
      'one lovelace vanishes': {
        transaction: (draft) => ({ ...withFee(draft, FEE), fee: FEE - 1n }),
      },
      'a token vanishes': {
        funds: { assets: [[TOKEN, 5n]] },
        transaction: (draft) => withFee(draft, FEE),
      },
      'a token comes from nowhere': {
        transaction: ({ spec, source }) => ({
          ...spec,
          outputs: [
            ...spec.outputs.slice(0, 1),
            {
              address: PAYER.addressBytes(0),
              lovelace: source.lovelace - PRICE - FEE,
              assets: [[TOKEN_POLICY, '01', 1n]],
            },
          ],
        }),
      },
      'lovelace overflows 64 bits': {
        transaction: ({ spec }) => ({
          ...spec,
          outputs: [...spec.outputs, { address: PAYER.addressBytes(0), lovelace: 2n ** 64n - 1n }],
        }),
      },
    },
  ),
  ...cases(
    { rule: rules.feeMinimum, expect: `${P}_fee_below_minimum` },
    {
      'the fee is one lovelace below the protocol’s minimum': {
        transaction: (draft) => withFee(draft, leastFee(draft) - 1n),
      },
      'a reference script is not paid for': largeReferenceScript,
      'the script on the nonce itself is not paid for': {
        funds: { lovelace: 60_000_000n, referenceScript: LARGE_SCRIPT },
      },
    },
  ),
  ...cases(
    { rule: rules.feeMinimum, expect: `${P}_fee_below_minimum`, policy: { feeMinLovelace: 200_001n } },
    {
      'the fee is below the operator’s floor': {},
    },
  ),
  ...cases(
    { rule: rules.feeMinimum, expect: 'verified' },
    {
      'the fee is exactly the protocol’s minimum': {
        transaction: (draft) => withFee(draft, leastFee(draft)),
      },
    },
  ),
  ...cases(
    { rule: rules.minUtxo, expect: `${P}_min_utxo_insufficient` },
    {
      'the paying output is too small for the ledger': {
        requirements: { amount: '800000' },
        transaction: ({ spec, source }) => ({
          ...spec,
          outputs: [
            { address: MERCHANT.addressBytes(0), lovelace: 800_000n },
            { address: PAYER.addressBytes(0), lovelace: source.lovelace - 800_000n - FEE },
          ],
        }),
      },
      'the paying output would hold min-UTxO in a shorter encoding': {
        requirements: { amount: '860000' },
        transaction: ({ spec, source }) => ({
          ...spec,
          outputs: [
            cbor.map([
              [cbor.int(0, 8), cbor.bytes(MERCHANT.addressBytes(0), 8)],
              [cbor.int(1, 8), cbor.int(860_000, 8)],
            ]),
            { address: PAYER.addressBytes(0), lovelace: source.lovelace - 860_000n - FEE },
          ],
        }),
      },
    },
  ),
];
