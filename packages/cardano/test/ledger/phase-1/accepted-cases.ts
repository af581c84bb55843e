import { bootstrapWitness } from '../../support/byron.js';
import * as cbor from '../../support/cbor-writer.js';
import {
  atVersion,
  bends,
  collateralOf,
  DATUM,
  plutusDraft,
  referencing,
  unspentOutput,
  withSpecOf,
} from '../../support/ledger-draft.js';
import { PAYER } from '../../support/payment.js';
import { multiAssetCbor, outRefCbor } from '../../support/transaction-builder.js';
import {
  byron,
  COLLATERAL_RETURN,
  carrying,
  listedRedeemer,
  many,
  minting,
  NEW_BUILTIN,
  native,
  noAssets,
  ofThree,
  POLICY,
  pointerReturn,
  referencedNative,
  signedBy,
  signedTwice,
  TOKEN,
  twoRedeemers,
  withBody,
  withInlineDatum,
} from './bends.js';
import { cases, type Phase1Case } from './case.js';

/** Nothing fails. */
export const ACCEPTED_CASES: readonly Phase1Case[] = [
  ...cases([], {
    'a plain payment': (draft) => draft,
    'an input is referenced too, at protocol version 11': bends(atVersion(11), (draft) =>
      withBody({ 18: cbor.set(draft.spec.inputs.map((ref) => outRefCbor(ref))) })(draft),
    ),
    'an input is referenced too beside a Plutus V2 script, at protocol version 11': bends(
      atVersion(11),
      plutusDraft('plutusV2'),
      (draft) =>
        withBody({ 18: cbor.set(draft.spec.inputs.slice(0, 1).map((ref) => outRefCbor(ref))) })(draft),
    ),
    'two redeemers are for the same, at protocol version 11': bends(
      atVersion(11),
      plutusDraft('plutusV3'),
      twoRedeemers('list'),
    ),
    'redeemers are in a list, at protocol version 11': bends(
      atVersion(11),
      plutusDraft('plutusV3'),
      listedRedeemer,
    ),
    'a signature is there twice, at protocol version 11': bends(atVersion(11), signedTwice),
    'an output names no assets, at protocol version 11': bends(atVersion(11), noAssets),
    'the collateral return is at an address with a pointer, at protocol version 11': bends(
      atVersion(11),
      pointerReturn,
    ),
    'a datum is shown twice, at protocol version 11': bends(
      atVersion(11),
      plutusDraft('plutusV2', { datums: cbor.set([DATUM, DATUM]) }),
    ),
    'it has four parts, at protocol version 12': atVersion(12),
    'it has three parts, at protocol version 12': bends(atVersion(12), ofThree),
    'an output carries a builtin of protocol version 11': bends(atVersion(11), carrying(NEW_BUILTIN)),
    'a Plutus V1 script runs': plutusDraft('plutusV1'),
    'a Plutus V1 script runs beside reference inputs': bends(
      plutusDraft('plutusV1'),
      referencing(unspentOutput('reference')),
    ),
    'a Plutus V2 script runs': plutusDraft('plutusV2'),
    'a Plutus V2 script runs over an inline datum': plutusDraft('plutusV2', {
      locked: withInlineDatum,
      datums: 'none',
    }),
    'a Plutus V2 script runs over an untagged datum': plutusDraft('plutusV2', {
      datums: cbor.array([DATUM]),
    }),
    'a Plutus V2 script runs over a datum in an array of indefinite length': plutusDraft('plutusV2', {
      datums: cbor.array([DATUM], 'indefinite'),
    }),
    'a Plutus V3 script runs without a datum': plutusDraft('plutusV3'),
    'a Plutus script runs in a body of indefinite lengths': bends(
      plutusDraft('plutusV3'),
      withSpecOf((spec) => ({ ...spec, encoding: { length: 'indefinite' } })),
    ),
    'it mints what it sends': minting(5n, 5n),
    'collateral holds a token that comes back': bends(
      plutusDraft('plutusV3'),
      collateralOf(unspentOutput('token collateral', { assets: new Map([[TOKEN, 1n]]) })),
      withBody({ 16: COLLATERAL_RETURN(5_000_000n, [multiAssetCbor([[POLICY, '01', 1n]])]) }),
    ),
    'the owner of a Byron input signed': byron((id, attributes) => bootstrapWitness(PAYER, id, attributes)),
    'a native script is nested thirty deep in its own kind': native(many(2, 30, signedBy(PAYER.keyHash))),
    'a native script lies five thousand deep on a referenced output': referencedNative(
      many(2, 5000, signedBy(PAYER.keyHash)),
    ),
  }),
];
