import { bootstrapWitness } from '../../support/byron.js';
import * as cbor from '../../support/cbor-writer.js';
import {
  atVersion,
  bends,
  collateralOf,
  DATUM,
  DATUM_HASH,
  integrityHash,
  plutusDraft,
  redeemer,
  referencing,
  running,
  scriptOf,
  showing,
  spending,
  unspentOutput,
  withSpecOf,
} from '../../support/ledger-draft.js';
import { PAYER } from '../../support/payment.js';
import {
  byron,
  carrying,
  encoded,
  malformedWitness,
  many,
  minting,
  NEW_BUILTIN,
  native,
  referencedNative,
  STRANGER,
  signedBy,
  withBody,
  withoutBody,
} from './bends.js';
import { cases, type Phase1Case } from './case.js';

/** What a transaction shows: signatures, scripts, data and metadata. */
export const WITNESS_CASES: readonly Phase1Case[] = [
  ...cases('InvalidWitnessesUTXOW', {
    'a signature is over other bytes': withSpecOf((spec) => ({ ...spec, signedMessage: new Uint8Array(32) })),
    'a bootstrap signature is over other bytes': byron((_, attributes) =>
      bootstrapWitness(PAYER, new Uint8Array(32), attributes),
    ),
  }),
  ...cases('MissingVKeyWitnessesUTXOW', {
    'the owner of an input did not sign': withSpecOf((spec) => ({ ...spec, signers: [STRANGER] })),
    'the owner of collateral did not sign': collateralOf(
      unspentOutput('collateral', { address: STRANGER.address(0) }),
    ),
    'a required signer did not sign': withBody({ 14: cbor.set([cbor.bytes(cbor.hex(STRANGER.keyHash))]) }),
    'the owner of a Byron input did not sign': byron(() => undefined),
    'the owner of a Byron input signed for other attributes': byron((id) =>
      bootstrapWitness(PAYER, id, cbor.map([])),
    ),
  }),
  ...cases('MissingScriptWitnessesUTXOW', {
    'a native script is not shown': spending(
      unspentOutput('guarded', { address: scriptOf('native', signedBy(PAYER.keyHash)).address }),
    ),
    'the script of a policy is not shown': bends(
      minting(1n, 1n),
      withSpecOf((spec) => ({ ...spec, witnesses: {} })),
    ),
  }),
  ...cases('ExtraneousScriptWitnessesUTXOW', {
    'a script is shown that nothing asks for': showing(scriptOf('native', signedBy(PAYER.keyHash))),
    'a script is shown that a referenced output brings along': bends(
      native(signedBy(PAYER.keyHash)),
      referencing(
        unspentOutput('reference', {
          referenceScript: scriptOf('native', signedBy(PAYER.keyHash)).reference,
        }),
      ),
    ),
  }),
  ...cases('ScriptWitnessNotValidatingUTXOW', {
    'a native script lacks a signature': native(signedBy(STRANGER.keyHash)),
    'a native script ends before the TTL, though not yet': (draft) =>
      native(cbor.array([cbor.int(5), cbor.int(draft.slot + 299)]))(draft),
    'a native script ends, and there is no TTL': bends(
      native(cbor.array([cbor.int(5), cbor.int(2 ** 32)])),
      withSpecOf(({ ttl: _, ...spec }) => spec),
    ),
    'a native script begins, and the validity has no start': native(cbor.array([cbor.int(4), cbor.int(1)])),
    'a native script five thousand deep on a referenced output lacks a signature': referencedNative(
      many(1, 5000, signedBy(STRANGER.keyHash)),
    ),
  }),
  ...cases('UnspendableUTxONoDatumHash', {
    'a Plutus V2 script guards an output without a datum': plutusDraft('plutusV2', {
      locked: {},
      datums: 'none',
    }),
  }),
  ...cases('MissingRequiredDatums', {
    'the datum of an input is not shown': plutusDraft('plutusV2', {
      locked: { datumHash: DATUM_HASH },
      datums: 'none',
    }),
  }),
  ...cases('NotAllowedSupplementalDatums', {
    'a datum is shown that nothing asks for': running([], { datums: cbor.set([DATUM]) }),
  }),
  ...cases('MissingRedeemers', {
    'a Plutus script has no redeemer': bends(
      plutusDraft('plutusV3'),
      withSpecOf((spec, { parameters }) => {
        const { 5: _, ...witnesses } = spec.witnesses ?? {};
        const hash = integrityHash(parameters, ['plutusV3'], {});
        return { ...spec, witnesses, body: { ...spec.body, 11: cbor.bytes(hash) } };
      }),
    ),
  }),
  ...cases('ExtraRedeemers', {
    'a redeemer points at a policy that is not minted': bends(
      collateralOf(unspentOutput('collateral')),
      running([], { redeemers: cbor.map([redeemer(1, 0)]) }),
    ),
  }),
  ...cases('PPViewHashesDontMatch', {
    'the script-integrity hash is another': bends(
      plutusDraft('plutusV3'),
      withBody({ 11: cbor.bytes(new Uint8Array(32)) }),
    ),
    'the script-integrity hash is missing': bends(plutusDraft('plutusV1'), withoutBody(11)),
    'the script-integrity hash is there without scripts': withBody({ 11: cbor.bytes(new Uint8Array(32)) }),
    'the hash is over another encoding of the datums': bends(
      plutusDraft('plutusV2', { datums: cbor.set([DATUM]) }),
      withSpecOf((spec) => ({ ...spec, witnesses: { ...spec.witnesses, 4: cbor.array([DATUM]) } })),
    ),
  }),
  ...cases('ScriptIntegrityHashMismatch', {
    'the script-integrity hash is another, at protocol version 11': bends(
      atVersion(11),
      plutusDraft('plutusV3'),
      withBody({ 11: cbor.bytes(new Uint8Array(32)) }),
    ),
  }),
  ...cases('MissingTxMetadata', {
    'auxiliary data is named and not there': withBody({ 7: cbor.bytes(new Uint8Array(32)) }),
  }),
  ...cases('MissingTxBodyMetadataHash', {
    'auxiliary data is there and not named': encoded(({ body, witnessSet }) =>
      cbor.array([body, witnessSet, cbor.TRUE, cbor.map([])]),
    ),
  }),
  ...cases('ConflictingMetadataHash', {
    'auxiliary data is named by another hash': withSpecOf((spec) => ({
      ...spec,
      auxiliaryData: cbor.map([]),
      body: { 7: cbor.bytes(new Uint8Array(32)) },
    })),
  }),
  ...cases('InvalidMetadata', {
    'auxiliary data carries a Plutus script that holds no program': withSpecOf((spec) => ({
      ...spec,
      auxiliaryData: cbor.tag(259, cbor.map([[cbor.int(4), cbor.array([cbor.bytes(cbor.hex('0102'))])]])),
    })),
  }),
  ...cases(['MalformedScriptWitnesses'], {
    'a Plutus script holds no program': bends(plutusDraft('plutusV3'), malformedWitness),
  }),
  ...cases('MalformedReferenceScripts', {
    'an output carries a script that holds no program': carrying(cbor.hex('0102')),
    'an output carries a builtin of protocol version 11, at 10': carrying(NEW_BUILTIN),
  }),
];
