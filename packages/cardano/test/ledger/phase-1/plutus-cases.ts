import { blake2b256 } from '@x402-facilitator/cardano';
import { byronAddressOf } from '../../support/byron.js';
import * as cbor from '../../support/cbor-writer.js';
import {
  atVersion,
  bends,
  collateralOf,
  FUNDS,
  PROGRAMS,
  plutusDraft,
  referencing,
  unspentOutput,
  withParametersOf,
  withSpecOf,
} from '../../support/ledger-draft.js';
import { PAYER } from '../../support/payment.js';
import { outRefCbor } from '../../support/transaction-builder.js';
import {
  back,
  COLLATERAL_RETURN,
  change,
  inlineDatum,
  payment,
  referencedNative,
  signedBy,
  TOKEN,
  withBody,
  withInlineDatum,
  withoutBody,
} from './bends.js';
import { cases, type Phase1Case } from './case.js';

/** What Plutus scripts need: collateral, budgets and a context. */
export const PLUTUS_CASES: readonly Phase1Case[] = [
  ...cases(['NoCollateralInputs', 'InsufficientCollateral'], {
    'a Plutus script runs without collateral': bends(plutusDraft('plutusV3'), withoutBody(13)),
  }),
  ...cases('InsufficientCollateral', {
    'collateral is below the percentage of the fee': bends(
      plutusDraft('plutusV3'),
      withBody({ 16: COLLATERAL_RETURN(FUNDS - 299_999n) }),
    ),
  }),
  ...cases('IncorrectTotalCollateralField', {
    'the total collateral is another': bends(plutusDraft('plutusV3'), withBody({ 17: cbor.int(5) })),
  }),
  ...cases('ScriptsNotPaidUTxO', {
    'a script guards the collateral': bends(
      plutusDraft('plutusV3'),
      collateralOf(unspentOutput('guarded collateral', { address: PROGRAMS.plutusV3.address })),
    ),
  }),
  ...cases('CollateralContainsNonADA', {
    'collateral holds a token that does not come back': bends(
      plutusDraft('plutusV3'),
      collateralOf(unspentOutput('token collateral', { assets: new Map([[TOKEN, 1n]]) })),
    ),
  }),
  ...cases('TooManyCollateralInputs', {
    'there are four collateral inputs': collateralOf(
      ...['a', 'b', 'c', 'd'].map((name) => unspentOutput(name)),
    ),
  }),
  ...cases('ExUnitsTooBigUTxO', {
    'the budget is beyond the limit': bends(
      plutusDraft('plutusV3'),
      withParametersOf({ maxTransactionExecutionUnits: { memory: 9999n, steps: 10_000_000n } }),
    ),
  }),
  ...cases('ConwayTxRefScriptsSizeTooBig', {
    'reference scripts are too large': bends(
      referencedNative(signedBy(PAYER.keyHash)),
      withParametersOf({ maxReferenceScriptBytes: 31 }),
    ),
  }),
  ...cases('NoCostModel', {
    'there is no cost model for a language': bends(
      withParametersOf({ costModels: {} }),
      plutusDraft('plutusV3'),
      withSpecOf((spec) => ({
        ...spec,
        body: {
          ...spec.body,
          11: cbor.bytes(
            blake2b256(cbor.concat(spec.witnesses?.[5] ?? cbor.NULL, cbor.map([[cbor.int(2), cbor.NULL]]))),
          ),
        },
      })),
    ),
  }),
  ...cases('ByronTxOutInContext', {
    'change goes to a Byron address beside a Plutus script': bends(
      plutusDraft('plutusV3'),
      withSpecOf((spec) => ({
        ...spec,
        outputs: [payment, { ...change(), address: byronAddressOf(PAYER, 0).bytes }, back],
      })),
    ),
  }),
  ...cases('InlineDatumsNotSupported', {
    'a Plutus V1 script guards an output with an inline datum': plutusDraft('plutusV1', {
      locked: withInlineDatum,
      datums: 'none',
    }),
    'an output gets an inline datum beside a Plutus V1 script': bends(
      plutusDraft('plutusV1'),
      withSpecOf((spec) => ({
        ...spec,
        outputs: [payment, { ...change(), extra: [[2, inlineDatum]] }, back],
      })),
    ),
    'a referenced output has an inline datum beside a Plutus V1 script': bends(
      plutusDraft('plutusV1'),
      referencing(unspentOutput('reference', withInlineDatum)),
    ),
  }),
  ...cases('ReferenceInputsNotDisjointFromInputs', {
    'an input is referenced too beside a Plutus V3 script, at protocol version 11': bends(
      atVersion(11),
      plutusDraft('plutusV3'),
      (draft) =>
        withBody({ 18: cbor.set(draft.spec.inputs.slice(0, 1).map((ref) => outRefCbor(ref))) })(draft),
    ),
  }),
];
