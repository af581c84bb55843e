import { blake2b256, nativeAssetId, toHex } from '@x402-facilitator/cardano';
import { bootstrapWitness, byronAddressOf } from '../../support/byron.js';
import * as cbor from '../../support/cbor-writer.js';
import {
  atVersion,
  type Bend,
  bends,
  collateralOf,
  DATUM,
  DATUM_HASH,
  FUNDS,
  integrityHash,
  type LedgerDraft,
  PROGRAMS,
  plutusDraft,
  redeemer,
  referencing,
  running,
  scriptOf,
  showing,
  spending,
  unspentOutput,
  withParametersOf,
  withSpecOf,
} from '../../support/ledger-draft.js';
import { FEE, MERCHANT, PAYER, PRICE } from '../../support/payment.js';
import { buildTransaction, multiAssetCbor, outRefCbor } from '../../support/transaction-builder.js';
import { addressText, walletOf } from '../../support/wallet.js';

/** A situation, and the predicates of the ledger that fail in it. */
export type Phase1Case = {
  readonly situation: string;
  readonly predicates: readonly string[];
  readonly bend: Bend;
};

const STRANGER = walletOf('stranger');
const POLICY = 'ab'.repeat(28);
const TOKEN = nativeAssetId(POLICY, '01');

function signedBy(keyHash: string): cbor.Cbor {
  return cbor.array([cbor.int(0), cbor.bytes(cbor.hex(keyHash))]);
}

/** Spends what a native script guards, which is shown. */
function native(script: cbor.Cbor): Bend {
  const guard = scriptOf('native', script);
  return bends(spending(unspentOutput('guarded', { address: guard.address })), showing(guard));
}

function many(kind: number, depth: number, script: cbor.Cbor): cbor.Cbor {
  let nested = script;
  for (let level = 0; level < depth; level += 1) nested = cbor.array([cbor.int(kind), cbor.array([nested])]);
  return nested;
}

/** A guard that lies on a referenced output. */
function referencedNative(script: cbor.Cbor): Bend {
  const guard = scriptOf('native', script);
  return bends(
    spending(unspentOutput('guarded', { address: guard.address })),
    referencing(unspentOutput('reference', { referenceScript: guard.reference })),
    withSpecOf((spec) => ({ ...spec, fee: 1_000_000n, outputs: [payment, change(1_000_000n), back] })),
  );
}

const payment = { address: MERCHANT.addressBytes(0), lovelace: PRICE };
const back = { address: PAYER.addressBytes(0), lovelace: FUNDS };

function change(fee = FEE, less = 0n) {
  return { address: PAYER.addressBytes(0), lovelace: FUNDS - PRICE - fee - less };
}

/** Mints by a native script that the payer signs for. */
function minting(quantity: bigint, sent: bigint): Bend {
  const policy = scriptOf('native', signedBy(PAYER.keyHash));
  return bends(
    showing(policy),
    withSpecOf((spec) => ({
      ...spec,
      outputs: [payment, { ...change(), assets: [[policy.reference.hash, '01', sent]] }],
      body: { 9: multiAssetCbor([[policy.reference.hash, '01', quantity]]) },
    })),
  );
}

function byron(sign: (id: Uint8Array, attributes: Uint8Array) => cbor.Cbor | undefined, times = 1): Bend {
  const { bytes, attributes } = byronAddressOf(PAYER, 0);
  return bends(
    spending(unspentOutput('byron', { address: addressText(bytes) })),
    withSpecOf((spec) => {
      const witness = sign(cbor.hex(buildTransaction(spec).id), attributes);
      if (witness === undefined) return spec;
      return { ...spec, witnesses: { 2: cbor.set(Array.from({ length: times }, () => witness)) } };
    }),
  );
}

function paying(extra: readonly (readonly [number, cbor.Cbor])[]): Bend {
  return withSpecOf((spec) => ({ ...spec, outputs: [payment, { ...change(), extra }] }));
}

function carrying(script: cbor.Cbor): Bend {
  return paying([[3, cbor.tag(24, cbor.bytes(cbor.array([cbor.int(3), cbor.bytes(script)])))]]);
}

const COLLATERAL_RETURN = (lovelace: bigint, extra: readonly cbor.Cbor[] = []) =>
  cbor.map([
    [cbor.int(0), cbor.bytes(PAYER.addressBytes(0))],
    [cbor.int(1), extra[0] === undefined ? cbor.int(lovelace) : cbor.array([cbor.int(lovelace), extra[0]])],
  ]);

function withBody(body: Readonly<Record<number, cbor.Cbor>>): Bend {
  return withSpecOf((spec) => ({ ...spec, body: { ...spec.body, ...body } }));
}

function withoutBody(key: number): Bend {
  return withSpecOf((spec) => {
    const { [key]: _, ...body } = spec.body ?? {};
    return { ...spec, body };
  });
}

/** Writes the whole of it in another form. */
function encoded(encode: NonNullable<LedgerDraft['encode']>): Bend {
  return (draft) => ({ ...draft, encode });
}

function withWitnesses(witnesses: Readonly<Record<number, cbor.Cbor>>): Bend {
  return withSpecOf((spec) => ({ ...spec, witnesses: { ...spec.witnesses, ...witnesses } }));
}

const signedTwice = withSpecOf((spec) => ({ ...spec, signers: [PAYER, PAYER] }));

const scriptTwice = withWitnesses({
  7: cbor.set([PROGRAMS.plutusV3, PROGRAMS.plutusV3].map(({ bytes }) => cbor.bytes(bytes))),
});

/** `[coin, {}]` for an output. */
const noAssets: Bend = withSpecOf((spec) => ({
  ...spec,
  outputs: [
    payment,
    cbor.array([
      cbor.bytes(PAYER.addressBytes(0)),
      cbor.array([cbor.int(FUNDS - PRICE - FEE), cbor.map([])]),
    ]),
  ],
}));

/** A slot, a transaction and a certificate of no meaning. */
const POINTER = cbor.hex('010203');

const pointerReturn: Bend = withBody({
  16: cbor.map([
    [cbor.int(0), cbor.bytes(cbor.concat(Uint8Array.of(0x40), cbor.hex(PAYER.keyHash), POINTER))],
    [cbor.int(1), cbor.int(5_000_000)],
  ]),
});

const ofThree = encoded(({ body, witnessSet }) => cbor.array([body, witnessSet, cbor.NULL]));

function cases(
  predicates: string | readonly string[],
  situations: Readonly<Record<string, Bend>>,
): Phase1Case[] {
  return Object.entries(situations).map(([situation, bend]) => ({
    situation,
    predicates: typeof predicates === 'string' ? [predicates] : predicates,
    bend,
  }));
}

const inlineDatum = cbor.array([cbor.int(1), cbor.tag(24, cbor.bytes(DATUM))]);
const withInlineDatum = { inlineDatum: toHex(DATUM) };
/** `expModInteger`, a builtin of protocol version 11. */
const NEW_BUILTIN = cbor.bytes(cbor.hex('010100' + '7ae1'));

/** What phase 1 must say, each case starting from a payment that is good but for it. */
export const PHASE_1_CASES: readonly Phase1Case[] = [
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

/** A redeemer for what is locked, a number of times. */
function redeemersOf(form: 'list' | 'map', count: number): Bend {
  return (draft) => {
    const index = draft.spec.inputs
      .map(({ txHash }) => txHash)
      .toSorted()
      .indexOf(unspentOutput('locked').outRef.txHash);
    const [key, content] = redeemer(0, index);
    const budget = cbor.array([cbor.int(10_000), cbor.int(10_000_000)]);
    const entry = cbor.array([cbor.int(0), cbor.int(index), cbor.int(0), budget]);
    const all = <T>(one: T) => Array.from({ length: count }, () => one);
    const redeemers = form === 'list' ? cbor.array(all(entry)) : cbor.map(all([key, content] as const));
    return running(['plutusV3'], { redeemers })(draft);
  };
}

function twoRedeemers(form: 'list' | 'map'): Bend {
  return redeemersOf(form, 2);
}

function listedRedeemer(draft: Parameters<Bend>[0]): ReturnType<Bend> {
  return redeemersOf('list', 1)(draft);
}

/** Another script's bytes under the guard, which hold no program. */
function malformedWitness(draft: Parameters<Bend>[0]): ReturnType<Bend> {
  const script = scriptOf('plutusV3', cbor.hex('420102'));
  return bends(
    (bent) => ({
      ...bent,
      unspent: bent.unspent.map((output) =>
        output.address === PROGRAMS.plutusV3.address ? { ...output, address: script.address } : output,
      ),
    }),
    showing(script),
  )(draft);
}
