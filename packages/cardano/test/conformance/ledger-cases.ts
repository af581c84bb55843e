import { blake2b224, blake2b256, nativeAssetId, outRefKey, slotAt, toHex } from '@x402-facilitator/cardano';
import { bootstrapWitness, byronAddressOf } from '../support/byron.js';
import * as cbor from '../support/cbor-writer.js';
import { flatProgram } from '../support/flat.js';
import { FEE, MERCHANT, PAYER, type PaymentChanges, PRICE, TTL_SECONDS } from '../support/payment.js';
import {
  ALWAYS_FAILS,
  ALWAYS_SUCCEEDS,
  type PlutusScript,
  scriptAddressBytes,
  scriptDataHash,
  spendRedeemers,
} from '../support/plutus.js';
import { TOKEN_POLICY } from '../support/tokens.js';
import { buildTransaction, outRefCbor, type TransactionSpec } from '../support/transaction-builder.js';
import { addressBytes, addressText, walletOf } from '../support/wallet.js';
import { type Funds, txHash, type World } from '../support/world.js';
import { type Case, cases } from './case.js';
import * as rules from './rules.js';
import { SECOND_FUNDS, second } from './second-output.js';

const P = 'invalid_exact_cardano_payload';
const STRANGER = walletOf('stranger');

/** A payment of which a second input is locked by a Plutus script. */
function plutus(script: PlutusScript, bend: (spec: TransactionSpec) => TransactionSpec = (spec) => spec) {
  return async (world: World): Promise<PaymentChanges> => {
    const locked = await world.fund(addressText(scriptAddressBytes(script, 0)), { lovelace: SECOND_FUNDS });
    const collateral = await world.fund(PAYER, { lovelace: SECOND_FUNDS });
    return {
      transaction: ({ spec, source }) => {
        // Redeemers count inputs in the ledger's order.
        const order = [locked.outRef, source.outRef].map(outRefKey).sort();
        const redeemers = spendRedeemers(order.indexOf(outRefKey(locked.outRef)));
        const more = { address: PAYER.addressBytes(0), lovelace: SECOND_FUNDS };
        return bend({
          ...spec,
          inputs: [...spec.inputs, locked.outRef],
          outputs: [...spec.outputs, more],
          body: {
            11: cbor.bytes(scriptDataHash(redeemers, world.facts.parameters)),
            13: cbor.set([outRefCbor(collateral.outRef)]),
          },
          witnesses: { 5: redeemers, 7: cbor.set([cbor.bytes(script.bytes)]) },
        });
      },
    };
  };
}

/** A payment from an address that a native script guards. */
function nativeScript(script: cbor.Cbor, witnessed: boolean) {
  return async (world: World): Promise<PaymentChanges> => {
    const scriptHash = blake2b224(Uint8Array.of(0, ...script));
    const locked = await world.fund(addressText(addressBytes(0x70, scriptHash)), { lovelace: SECOND_FUNDS });
    return {
      transaction: ({ spec }) => ({
        ...spec,
        inputs: [...spec.inputs, locked.outRef],
        outputs: [...spec.outputs, { address: PAYER.addressBytes(0), lovelace: SECOND_FUNDS }],
        ...(witnessed ? { witnesses: { 1: cbor.set([script]) } } : {}),
      }),
    };
  };
}

function signedBy(keyHash: string): cbor.Cbor {
  return cbor.array([cbor.int(0), cbor.bytes(cbor.hex(keyHash))]);
}

function all(...scripts: readonly cbor.Cbor[]): cbor.Cbor {
  return cbor.array([cbor.int(1), cbor.array(scripts)]);
}

function any(...scripts: readonly cbor.Cbor[]): cbor.Cbor {
  return cbor.array([cbor.int(2), cbor.array(scripts)]);
}

function atLeast(count: number, ...scripts: readonly cbor.Cbor[]): cbor.Cbor {
  return cbor.array([cbor.int(3), cbor.int(count), cbor.array(scripts)]);
}

/** Holds from a slot on. */
function from(slot: number): cbor.Cbor {
  return cbor.array([cbor.int(4), cbor.int(slot)]);
}

/** Holds before a slot. */
function until(slot: number): cbor.Cbor {
  return cbor.array([cbor.int(5), cbor.int(slot)]);
}

/** `any [any [… [script]]]`. */
function nested(depth: number, script: cbor.Cbor): cbor.Cbor {
  return depth === 0 ? script : any(nested(depth - 1, script));
}

/** The present slot, and the TTL of a payment that is not bent. */
function slots({ facts, nowMs }: World) {
  const now = slotAt(facts.timeline, nowMs);
  return { now, ttl: now + TTL_SECONDS };
}

/** A payment from an address that a script guards which depends on the slot, with a validity start or without. */
function timelock(script: (at: ReturnType<typeof slots>) => cbor.Cbor, start?: 'now') {
  return async (world: World): Promise<PaymentChanges> => {
    const at = slots(world);
    const { transaction } = await nativeScript(script(at), true)(world);
    return {
      transaction: async (draft) => {
        const spec = (await transaction?.(draft)) ?? draft.spec;
        return start === undefined ? spec : { ...spec, body: { ...spec.body, 8: cbor.int(at.now) } };
      },
    };
  };
}

/** A payment from an address that a native script guards which lies on a referenced output. */
function referencedNative(script: cbor.Cbor) {
  return async (world: World): Promise<PaymentChanges> => {
    const scriptHash = blake2b224(Uint8Array.of(0, ...script));
    const reference = await world.fund(PAYER, {
      lovelace: SECOND_FUNDS,
      referenceScript: { hash: toHex(scriptHash), language: 'native', bytes: toHex(script) },
    });
    const { transaction } = await nativeScript(script, false)(world);
    return {
      transaction: async (draft) => ({
        ...((await transaction?.(draft)) ?? draft.spec),
        body: { 18: cbor.set([outRefCbor(reference.outRef)]) },
      }),
    };
  };
}

const DATUM = cbor.int(42);
const NO_SCRIPT_DATA = cbor.map([]);

/** A payment whose change carries a datum's hash, and that shows the datum in its witness set, in these encodings. */
function shownDatum(inWitnesses: cbor.Cbor, inHash: cbor.Cbor): PaymentChanges {
  return {
    transaction: ({ spec, source }) => ({
      ...spec,
      outputs: [
        ...spec.outputs.slice(0, 1),
        {
          address: PAYER.addressBytes(0),
          lovelace: source.lovelace - PRICE - FEE,
          extra: [[2, cbor.array([cbor.int(0), cbor.bytes(blake2b256(DATUM))])]],
        },
      ],
      body: { 11: cbor.bytes(blake2b256(cbor.concat(NO_SCRIPT_DATA, inHash, NO_SCRIPT_DATA))) },
      witnesses: { 4: inWitnesses },
    }),
  };
}

/** A script that an input brings along as a reference and the witness set too. */
const superfluousScript = async (world: World): Promise<PaymentChanges> => {
  const script = signedBy(PAYER.keyHash);
  const scriptHash = blake2b224(Uint8Array.of(0, ...script));
  const locked = await world.fund(addressText(addressBytes(0x70, scriptHash)), { lovelace: SECOND_FUNDS });
  const reference = await world.fund(PAYER, {
    lovelace: SECOND_FUNDS,
    referenceScript: { hash: toHex(scriptHash), language: 'native', bytes: toHex(script) },
  });
  return {
    transaction: ({ spec }) => ({
      ...spec,
      inputs: [...spec.inputs, locked.outRef],
      outputs: [...spec.outputs, { address: PAYER.addressBytes(0), lovelace: SECOND_FUNDS }],
      body: { 18: cbor.set([outRefCbor(reference.outRef)]) },
      witnesses: { 1: cbor.set([script]) },
    }),
  };
};

/** Two outputs that are within the protocol's limit for values, spent into one that is not. */
const largeValue = async (world: World): Promise<PaymentChanges> => {
  const names = Array.from({ length: 150 }, (_, at) => txHash(`asset ${at}`));
  const half = (from: number, to: number): Funds => ({
    lovelace: 20_000_000n,
    assets: names.slice(from, to).map((name) => [nativeAssetId(TOKEN_POLICY, name), 1n] as const),
  });
  const other = await world.fund(PAYER, half(75, 150));
  return {
    funds: half(0, 75),
    transaction: ({ spec, source }) => {
      const fee = 1_000_000n;
      const change = {
        address: PAYER.addressBytes(0),
        lovelace: source.lovelace + other.lovelace - PRICE - fee,
        assets: names.map((name) => [TOKEN_POLICY, name, 1n] as const),
      };
      return {
        ...spec,
        inputs: [...spec.inputs, other.outRef],
        outputs: [...spec.outputs.slice(0, 1), change],
        fee,
      };
    },
  };
};

/** A second input from the payer's Byron address, signed or not. */
function byron(sign: (id: Uint8Array, attributes: Uint8Array) => TransactionSpec['witnesses']) {
  return async (world: World): Promise<PaymentChanges> => {
    const { bytes, attributes } = byronAddressOf(PAYER, 0);
    const old = await world.fund(addressText(bytes), { lovelace: SECOND_FUNDS });
    return {
      transaction: ({ spec }) => {
        const more = { address: PAYER.addressBytes(0), lovelace: SECOND_FUNDS };
        const whole = { ...spec, inputs: [...spec.inputs, old.outRef], outputs: [...spec.outputs, more] };
        const witnesses = sign(cbor.hex(buildTransaction(whole).id), attributes);
        return witnesses === undefined ? whole : { ...whole, witnesses };
      },
    };
  };
}

/** The paying output carries a Plutus script for others to reference. */
function payingWithScript(script: Uint8Array): PaymentChanges {
  return {
    transaction: ({ spec, source }) => {
      const scriptRef = cbor.tag(24, cbor.bytes(cbor.array([cbor.int(3), cbor.bytes(script)])));
      const payment = {
        address: MERCHANT.addressBytes(0),
        lovelace: PRICE,
        extra: [[3, scriptRef]] as const,
      };
      const change = { address: PAYER.addressBytes(0), lovelace: source.lovelace - PRICE - FEE };
      return { ...spec, outputs: [payment, change] };
    },
  };
}

/** The Plutus script lies on an output that the transaction references. */
const referencedPlutus = async (world: World): Promise<PaymentChanges> => {
  const { bytes, hash } = ALWAYS_SUCCEEDS;
  const reference = await world.fund(PAYER, {
    lovelace: SECOND_FUNDS,
    referenceScript: { hash: toHex(hash), language: 'plutusV3', bytes: toHex(bytes) },
  });
  return plutus(ALWAYS_SUCCEEDS, ({ witnesses: { 5: redeemers = cbor.NULL } = {}, ...spec }) => ({
    ...spec,
    body: { ...spec.body, 18: cbor.set([outRefCbor(reference.outRef)]) },
    witnesses: { 5: redeemers },
  }))(world);
};

function withAuxiliaryScript(script: cbor.Cbor): PaymentChanges {
  const auxiliaryData = cbor.tag(259, cbor.map([[cbor.int(4), cbor.array([cbor.bytes(script)])]]));
  return { transaction: ({ spec }) => ({ ...spec, auxiliaryData }) };
}

/** Fourteen outputs with the same script of almost sixteen kilobytes. */
const manyReferenceScripts = async (world: World): Promise<PaymentChanges> => {
  const constant = { type: 'bytes', value: new Uint8Array(15_000) } as const;
  const bytes = cbor.bytes(flatProgram({ kind: 'constant', constant }));
  const script = {
    hash: toHex(blake2b224(Uint8Array.of(3, ...bytes))),
    language: 'plutusV3',
    bytes: toHex(bytes),
  } as const;
  const references: cbor.Cbor[] = [];
  for (let count = 0; count < 14; count += 1) {
    const { outRef } = await world.fund(PAYER, { lovelace: 70_000_000n, referenceScript: script });
    references.push(outRefCbor(outRef));
  }
  const fee = 20_000_000n;
  return {
    funds: { lovelace: 30_000_000n },
    transaction: ({ spec, source }) => ({
      ...spec,
      fee,
      outputs: [
        ...spec.outputs.slice(0, 1),
        { address: PAYER.addressBytes(0), lovelace: source.lovelace - PRICE - fee },
      ],
      body: { 18: cbor.set(references) },
    }),
  };
};

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
