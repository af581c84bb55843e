import { blake2b224, blake2b256, nativeAssetId, outRefKey, slotAt, toHex } from '@x402-facilitator/cardano';
import { byronAddressOf } from '../support/byron.js';
import * as cbor from '../support/cbor-writer.js';
import { flatProgram } from '../support/flat.js';
import { FEE, MERCHANT, PAYER, type PaymentChanges, PRICE, TTL_SECONDS } from '../support/payment.js';
import {
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
import { SECOND_FUNDS } from './second-output.js';

export const P = 'invalid_exact_cardano_payload';
export const STRANGER = walletOf('stranger');

/** A payment of which a second input is locked by a Plutus script. */
export function plutus(
  script: PlutusScript,
  bend: (spec: TransactionSpec) => TransactionSpec = (spec) => spec,
) {
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
export function nativeScript(script: cbor.Cbor, witnessed: boolean) {
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

export function signedBy(keyHash: string): cbor.Cbor {
  return cbor.array([cbor.int(0), cbor.bytes(cbor.hex(keyHash))]);
}

export function all(...scripts: readonly cbor.Cbor[]): cbor.Cbor {
  return cbor.array([cbor.int(1), cbor.array(scripts)]);
}

export function any(...scripts: readonly cbor.Cbor[]): cbor.Cbor {
  return cbor.array([cbor.int(2), cbor.array(scripts)]);
}

export function atLeast(count: number, ...scripts: readonly cbor.Cbor[]): cbor.Cbor {
  return cbor.array([cbor.int(3), cbor.int(count), cbor.array(scripts)]);
}

/** Holds from a slot on. */
export function from(slot: number): cbor.Cbor {
  return cbor.array([cbor.int(4), cbor.int(slot)]);
}

/** Holds before a slot. */
export function until(slot: number): cbor.Cbor {
  return cbor.array([cbor.int(5), cbor.int(slot)]);
}

/** `any [any [… [script]]]`. */
export function nested(depth: number, script: cbor.Cbor): cbor.Cbor {
  return depth === 0 ? script : any(nested(depth - 1, script));
}

/** The present slot, and the TTL of a payment that is not bent. */
function slots({ facts, nowMs }: World) {
  const now = slotAt(facts.timeline, nowMs);
  return { now, ttl: now + TTL_SECONDS };
}

/** A payment from an address that a script guards which depends on the slot, with a validity start or without. */
export function timelock(script: (at: ReturnType<typeof slots>) => cbor.Cbor, start?: 'now') {
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
export function referencedNative(script: cbor.Cbor) {
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

export const DATUM = cbor.int(42);
const NO_SCRIPT_DATA = cbor.map([]);

/** A payment whose change carries a datum's hash, and that shows the datum in its witness set, in these encodings. */
export function shownDatum(inWitnesses: cbor.Cbor, inHash: cbor.Cbor): PaymentChanges {
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
export const superfluousScript = async (world: World): Promise<PaymentChanges> => {
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
export const largeValue = async (world: World): Promise<PaymentChanges> => {
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
export function byron(sign: (id: Uint8Array, attributes: Uint8Array) => TransactionSpec['witnesses']) {
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
export function payingWithScript(script: Uint8Array): PaymentChanges {
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
export const referencedPlutus = async (world: World): Promise<PaymentChanges> => {
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

export function withAuxiliaryScript(script: cbor.Cbor): PaymentChanges {
  const auxiliaryData = cbor.tag(259, cbor.map([[cbor.int(4), cbor.array([cbor.bytes(script)])]]));
  return { transaction: ({ spec }) => ({ ...spec, auxiliaryData }) };
}

/** Fourteen outputs with the same script of almost sixteen kilobytes. */
export const manyReferenceScripts = async (world: World): Promise<PaymentChanges> => {
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
