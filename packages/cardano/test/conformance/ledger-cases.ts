import { bootstrapWitness, byronAddressOf } from '../support/byron.js';
import * as cbor from '../support/cbor-writer.js';
import { FEE, MERCHANT, PAYER, PRICE } from '../support/payment.js';
import { ALWAYS_FAILS, ALWAYS_SUCCEEDS } from '../support/plutus.js';
import { outRefCbor } from '../support/transaction-builder.js';
import { type Case, cases } from './case.js';
import {
  all,
  any,
  atLeast,
  byron,
  DATUM,
  from,
  largeValue,
  manyReferenceScripts,
  nativeScript,
  nested,
  P,
  payingWithScript,
  plutus,
  referencedNative,
  referencedPlutus,
  STRANGER,
  shownDatum,
  signedBy,
  superfluousScript,
  timelock,
  until,
  withAuxiliaryScript,
} from './ledger-bends.js';
import * as rules from './rules.js';
import { SECOND_FUNDS, second } from './second-output.js';

function refusedBecause(because: string) {
  return { rule: rules.ledger, expect: `${P}_phase1_invalid`, because } as const;
}

/** The ledger’s own rules. */
export const LEDGER_CASES: readonly Case[] = [
  ...cases(refusedBecause('MissingVKeyWitnessesUTXOW'), {
    'only a stranger to the inputs signed': {
      transaction: ({ spec }) => ({ ...spec, signers: [STRANGER] }),
    },
    'the owner of a second input did not sign': second('input', undefined, STRANGER),
    'the owner of the collateral did not sign': second('collateral', undefined, STRANGER),
    'a required signer did not sign': {
      transaction: ({ spec }) => ({
        ...spec,
        body: { 14: cbor.set([cbor.bytes(cbor.hex(STRANGER.keyHash))]) },
      }),
    },
    'the owner of a Byron input did not sign for it': byron(() => undefined),
    'the witness of a Byron input is for other attributes': byron((id) => ({
      2: cbor.set([bootstrapWitness(PAYER, id, cbor.map([]))]),
    })),
  }),
  ...cases(refusedBecause('BabbageOutputTooSmallUTxO'), {
    'the change is too small for the ledger': {
      transaction: ({ spec, source }) => ({
        ...spec,
        outputs: [
          { address: MERCHANT.addressBytes(0), lovelace: source.lovelace - 500_000n - FEE },
          { address: PAYER.addressBytes(0), lovelace: 500_000n },
        ],
      }),
    },
    'the collateral return is too small for the ledger': {
      transaction: ({ spec, source }) => {
        const collateralReturn = cbor.map([
          [cbor.int(0), cbor.bytes(PAYER.addressBytes(0))],
          [cbor.int(1), cbor.int(500_000)],
        ]);
        return { ...spec, body: { 13: cbor.set([outRefCbor(source.outRef)]), 16: collateralReturn } };
      },
    },
  }),
  ...cases(refusedBecause('OutputTooBigUTxO'), { 'a value is larger than the protocol allows': largeValue }),
  ...cases(refusedBecause('TooManyCollateralInputs'), {
    'there is more collateral than the protocol allows': async (world) => {
      const outputs = await Promise.all(
        [1, 2, 3, 4].map(() => world.fund(PAYER, { lovelace: SECOND_FUNDS })),
      );
      const collateral = cbor.set(outputs.map(({ outRef }) => outRefCbor(outRef)));
      return { transaction: ({ spec }) => ({ ...spec, body: { 13: collateral } }) };
    },
  }),
  ...cases(refusedBecause('MissingScriptWitnessesUTXOW'), {
    'an input is locked by a script that is not shown': nativeScript(signedBy(PAYER.keyHash), false),
    'a Plutus script is not shown': plutus(ALWAYS_SUCCEEDS, ({ witnesses: _, ...spec }) => spec),
  }),
  ...cases(refusedBecause('ScriptWitnessNotValidatingUTXOW'), {
    'a native script is not satisfied': nativeScript(signedBy(STRANGER.keyHash), true),
    'a native script must hold before a slot that has not come, but the TTL is behind it': timelock(
      ({ ttl }) => until(ttl - 1),
    ),
    'a native script must hold from a slot that has passed, but the validity has no start': timelock(() =>
      from(1),
    ),
    'a native script must hold from a slot that comes after the validity start': timelock(
      ({ now }) => from(now + 1),
      'now',
    ),
    'a native script demands two of three, and one signed': nativeScript(
      atLeast(2, signedBy(PAYER.keyHash), signedBy(STRANGER.keyHash), signedBy(MERCHANT.keyHash)),
      true,
    ),
    'a native script on a referenced output is not satisfied': referencedNative(
      all(signedBy(PAYER.keyHash), signedBy(STRANGER.keyHash)),
    ),
  }),
  ...cases(refusedBecause('ExtraneousScriptWitnessesUTXOW'), {
    'a script is shown that nothing asks for': {
      transaction: ({ spec }) => ({ ...spec, witnesses: { 1: cbor.set([signedBy(PAYER.keyHash)]) } }),
    },
    'a script is shown that an input references': superfluousScript,
  }),
  ...cases(refusedBecause('NotAllowedSupplementalDatums'), {
    'a datum is shown that nothing asks for': {
      transaction: ({ spec }) => ({ ...spec, witnesses: { 4: cbor.set([cbor.int(1)]) } }),
    },
  }),
  ...cases(refusedBecause('PPViewHashesDontMatch'), {
    'script data is named and not there': {
      transaction: ({ spec }) => ({ ...spec, body: { 11: cbor.bytes(new Uint8Array(32)) } }),
    },
    'datums are named by the hash over another encoding of them': shownDatum(
      cbor.array([DATUM]),
      cbor.set([DATUM]),
    ),
    'script data is named by another hash': plutus(ALWAYS_SUCCEEDS, (spec) => ({
      ...spec,
      body: { ...spec.body, 11: cbor.bytes(new Uint8Array(32)) },
    })),
  }),
  ...cases(refusedBecause('MalformedReferenceScripts'), {
    'a reference script holds no program': payingWithScript(cbor.hex('0102')),
    'a reference script is a program without its byte string': payingWithScript(
      ALWAYS_SUCCEEDS.bytes.subarray(1),
    ),
    'a reference script is a program in a byte string too many': payingWithScript(
      cbor.bytes(ALWAYS_SUCCEEDS.bytes),
    ),
  }),
  ...cases(refusedBecause('InvalidMetadata'), {
    'auxiliary data carries a Plutus script that holds no program': withAuxiliaryScript(cbor.hex('0102')),
  }),
  ...cases(
    { ...refusedBecause('ConwayTxRefScriptsSizeTooBig'), policy: { feeMaxLovelace: 50_000_000n } },
    {
      'reference scripts are more than the protocol allows, one script on many outputs': manyReferenceScripts,
    },
  ),
  ...cases(refusedBecause('NoCollateralInputs'), {
    'a Plutus script has no collateral': plutus(ALWAYS_SUCCEEDS, (spec) => {
      const { 13: _, ...body } = spec.body ?? {};
      return { ...spec, body };
    }),
  }),
  ...cases(
    { rule: rules.ledger, expect: `${P}_phase2_invalid` },
    { 'a Plutus script fails': plutus(ALWAYS_FAILS) },
  ),
  ...cases(
    { rule: rules.ledger, expect: 'verified' },
    {
      'auxiliary data carries a Plutus script': withAuxiliaryScript(ALWAYS_SUCCEEDS.bytes),
      'the same signature is there twice': {
        transaction: ({ spec }) => ({ ...spec, signers: [PAYER, PAYER] }),
      },
      'another key signed besides the owner': {
        transaction: ({ spec }) => ({ ...spec, signers: [PAYER, STRANGER] }),
      },
      'the owners of all inputs signed': async (world) => {
        const changes = await second('input', undefined, STRANGER)(world);
        return {
          transaction: async (draft) => ({
            ...((await changes.transaction?.(draft)) ?? draft.spec),
            signers: [PAYER, STRANGER],
          }),
        };
      },
      'the owner of a Byron input signed for it': byron((id, attributes) => ({
        2: cbor.set([bootstrapWitness(PAYER, id, attributes)]),
      })),
      'a native script is satisfied': nativeScript(signedBy(PAYER.keyHash), true),
      'a native script holds until the TTL': timelock(({ ttl }) => all(signedBy(PAYER.keyHash), until(ttl))),
      'a native script holds from the validity start': timelock(({ now }) => from(now), 'now'),
      'a native script is nested in others': nativeScript(
        any(all(signedBy(PAYER.keyHash), signedBy(STRANGER.keyHash)), atLeast(1, signedBy(PAYER.keyHash))),
        true,
      ),
      'a native script is nested thirty deep in its own kind': nativeScript(
        nested(30, signedBy(PAYER.keyHash)),
        true,
      ),
      'a nested native script lies on a referenced output': referencedNative(
        any(all(signedBy(PAYER.keyHash)), signedBy(STRANGER.keyHash)),
      ),
      'a native script demands nothing': nativeScript(all(), true),
      'a datum is shown of an output, in an array without a tag': shownDatum(
        cbor.array([DATUM]),
        cbor.array([DATUM]),
      ),
      'a datum is shown of an output, in a tagged set': shownDatum(cbor.set([DATUM]), cbor.set([DATUM])),
      'a Plutus script succeeds': plutus(ALWAYS_SUCCEEDS),
      'a Plutus script on a referenced output succeeds': referencedPlutus,
      'the paying output carries a Plutus script': payingWithScript(ALWAYS_SUCCEEDS.bytes),
      'the change goes to a Byron address': {
        transaction: ({ spec, source }) => ({
          ...spec,
          outputs: [
            ...spec.outputs.slice(0, 1),
            { address: byronAddressOf(PAYER, 0).bytes, lovelace: source.lovelace - PRICE - FEE },
          ],
        }),
      },
      'a total collateral is stated that no script can claim': {
        transaction: ({ spec, source }) => ({
          ...spec,
          body: { 13: cbor.set([outRefCbor(source.outRef)]), 17: cbor.int(5) },
        }),
      },
    },
  ),
  ...cases(
    {
      rule: rules.ledger,
      expect: 'exact_cardano_facilitator_protocol_version_unknown',
      because: 'at most 11',
      protocolVersion: 12,
      policy: { unknownProtocolVersion: 'refuse' },
    },
    { 'the operator refuses payments at a protocol version that is not known here, and this is one': {} },
  ),
  ...cases(
    { rule: rules.ledger, expect: 'verified', policy: { unknownProtocolVersion: 'refuse' } },
    { 'the operator refuses payments at a protocol version that is not known here, and this is none': {} },
  ),
  ...cases(
    { rule: rules.ledger, expect: 'verified', policy: { ledger: 'rules' } },
    {
      'the operator has turned the complete check off, and an owner did not sign': second(
        'input',
        undefined,
        STRANGER,
      ),
    },
  ),
];
