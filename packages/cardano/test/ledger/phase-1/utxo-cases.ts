import { bootstrapWitness, byronAddressOf } from '../../support/byron.js';
import * as cbor from '../../support/cbor-writer.js';
import {
  atVersion,
  bends,
  collateralOf,
  DATUM,
  FUNDS,
  plutusDraft,
  unspentOutput,
  withParametersOf,
  withSpecOf,
} from '../../support/ledger-draft.js';
import { FEE, MERCHANT, PAYER } from '../../support/payment.js';
import { outRefCbor } from '../../support/transaction-builder.js';
import {
  byron,
  COLLATERAL_RETURN,
  change,
  listedRedeemer,
  minting,
  native,
  noAssets,
  ofThree,
  payment,
  pointerReturn,
  scriptTwice,
  signedBy,
  signedTwice,
  TOKEN,
  twoRedeemers,
  withBody,
  withWitnesses,
} from './bends.js';
import { cases, type Phase1Case } from './case.js';

/** What a transaction moves, and in which form. */
export const UTXO_CASES: readonly Phase1Case[] = [
  ...cases('BadInputsUTxO', {
    'an input is not there': withSpecOf((spec) => ({
      ...spec,
      inputs: [...spec.inputs, unspentOutput('nowhere').outRef],
    })),
    'a reference input is not there': withBody({
      18: cbor.set([outRefCbor(unspentOutput('nowhere').outRef)]),
    }),
    'collateral is not there': withBody({ 13: cbor.set([outRefCbor(unspentOutput('nowhere').outRef)]) }),
  }),
  ...cases(['InputSetEmptyUTxO', 'ValueNotConservedUTxO'], {
    'there are no inputs': withSpecOf((spec) => ({ ...spec, inputs: [] })),
  }),
  ...cases('BabbageNonDisjointRefInputs', {
    'an input is referenced too, at protocol version 9': bends(atVersion(9), (draft) =>
      withBody({ 18: cbor.set(draft.spec.inputs.map((ref) => outRefCbor(ref))) })(draft),
    ),
    'an input is referenced too, at protocol version 10': (draft) =>
      withBody({ 18: cbor.set(draft.spec.inputs.map((ref) => outRefCbor(ref))) })(draft),
  }),
  ...cases('DecoderFailure', {
    'an input is there twice': withSpecOf((spec) => ({ ...spec, inputs: [...spec.inputs, ...spec.inputs] })),
    'it has three parts, at protocol version 11': bends(atVersion(11), ofThree),
    'a Plutus script is shown twice': bends(plutusDraft('plutusV3'), scriptTwice),
    'two redeemers are for the same, at protocol version 12': bends(
      atVersion(12),
      plutusDraft('plutusV3'),
      twoRedeemers('map'),
    ),
    'redeemers are in a list, at protocol version 12': bends(
      atVersion(12),
      plutusDraft('plutusV3'),
      listedRedeemer,
    ),
    'a signature is there twice, at protocol version 12': bends(atVersion(12), signedTwice),
    'a bootstrap witness is there twice, at protocol version 12': bends(
      atVersion(12),
      byron((id, attributes) => bootstrapWitness(PAYER, id, attributes), 2),
    ),
    'a native script is shown twice, at protocol version 12': bends(
      atVersion(12),
      native(signedBy(PAYER.keyHash)),
      withWitnesses({ 1: cbor.set([signedBy(PAYER.keyHash), signedBy(PAYER.keyHash)]) }),
    ),
    'a datum is shown twice, at protocol version 12': bends(
      atVersion(12),
      plutusDraft('plutusV2', { datums: cbor.set([DATUM, DATUM]) }),
    ),
    'an output names no assets, at protocol version 12': bends(atVersion(12), noAssets),
    'the collateral return names no assets, at protocol version 12': bends(
      atVersion(12),
      withBody({ 16: COLLATERAL_RETURN(5_000_000n, [cbor.map([])]) }),
    ),
  }),
  ...cases('PtrPresentInCollateralReturn', {
    'the collateral return is at an address with a pointer, at protocol version 12': bends(
      atVersion(12),
      pointerReturn,
    ),
  }),
  ...cases('ValidationTagMismatch', {
    'the phase-2 flag is false': withSpecOf((spec) => ({ ...spec, isValid: cbor.FALSE })),
  }),
  ...cases('NotJudgedHere', {
    'it donates': withBody({ 22: cbor.int(1) }),
  }),
  ...cases('ValueNotConservedUTxO', {
    'a lovelace vanishes': withSpecOf((spec) => ({ ...spec, outputs: [payment, change(FEE, 1n)] })),
    'a token that is held vanishes': (draft) => ({
      ...draft,
      unspent: draft.unspent.map((output) => ({ ...output, assets: new Map([[TOKEN, 1n]]) })),
    }),
    'more is sent than is minted': minting(5n, 6n),
  }),
  ...cases('FeeTooSmallUTxO', {
    'the fee does not cover the size': withSpecOf((spec) => ({
      ...spec,
      fee: 160_000n,
      outputs: [payment, change(160_000n)],
    })),
    'the fee does not cover the execution units': bends(
      plutusDraft('plutusV3', { budget: [1_000_000, 1_000_000_000] }),
    ),
  }),
  ...cases('BabbageOutputTooSmallUTxO', {
    'an output is too small': withSpecOf((spec) => ({
      ...spec,
      outputs: [
        { ...payment, lovelace: 500_000n },
        { ...change(), lovelace: FUNDS - FEE - 500_000n },
      ],
    })),
    'the collateral return is too small': bends(
      collateralOf(unspentOutput('collateral')),
      withBody({ 16: COLLATERAL_RETURN(500_000n) }),
    ),
  }),
  ...cases('OutputTooBigUTxO', {
    'a value is too large': withParametersOf({ maxValueBytes: 4 }),
  }),
  ...cases('OutputBootAddrAttrsTooBig', {
    'a Byron address has attributes of more than 64 bytes': withSpecOf((spec) => ({
      ...spec,
      outputs: [payment, { ...change(), address: byronAddressOf(PAYER, 0, 70).bytes }],
    })),
  }),
  ...cases('MaxTxSizeUTxO', {
    'the transaction is too large': withParametersOf({ maxTransactionBytes: 100 }),
  }),
  ...cases('WrongNetwork', {
    'an output is on another network': withSpecOf((spec) => ({
      ...spec,
      outputs: [{ ...payment, address: MERCHANT.addressBytes(1) }, change()],
    })),
  }),
  ...cases('WrongNetworkInTxBody', { 'the body names another network': withBody({ 15: cbor.int(1) }) }),
  ...cases('OutsideValidityIntervalUTxO', {
    'the TTL is now': withSpecOf((spec, { slot }) => ({ ...spec, ttl: slot })),
    'the validity starts in the next slot': (draft) => withBody({ 8: cbor.int(draft.slot + 1) })(draft),
  }),
];
