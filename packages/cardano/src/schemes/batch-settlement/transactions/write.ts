import { addressText, parseAddress } from '../../../ledger/address/index.js';
import {
  type Amounts,
  encodeOutput,
  leastLovelaceOf,
  type NewOutput,
} from '../../../ledger/building/index.js';
import { encodeArray, encodeBytes, encodeHead, encodeMap } from '../../../ledger/cbor/index.js';
import type { ExecutionUnits, ReferenceScript } from '../../../ledger/facts/index.js';
import { type Network, networkIdOf } from '../../../ledger/network/index.js';
import { encodePlutusData } from '../../../ledger/plutus/index.js';
import { concatBytes } from '../../../ledger/primitives/bytes.js';
import { fromHex } from '../../../ledger/primitives/hex.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import { type ChannelDatum, datumData } from '../codec/datum.js';
import { type ChannelRedeemer, redeemerData } from '../codec/redeemer.js';

/** An output to be written. */
export type Output = {
  /** bech32. */
  readonly address: string;
  readonly value: Amounts;
  readonly datum?: ChannelDatum;
};

/** A channel's input: its place among all inputs, how it is redeemed, and what that may spend. */
export type Redeemed = {
  readonly index: number;
  readonly redeemer: ChannelRedeemer;
  readonly units: ExecutionUnits;
};

/** What a transaction consists of, each part as it will be written. */
export type Parts = {
  /** In the ledger's order. */
  readonly inputs: readonly OutRef[];
  readonly outputs: readonly Output[];
  readonly fee: bigint;
  readonly ttl?: number | undefined;
  readonly validFrom?: number | undefined;
  /** Key hashes. */
  readonly requiredSigners: readonly string[];
  readonly script?:
    | {
        readonly redeemed: readonly Redeemed[];
        readonly integrityHash: (redeemers: Uint8Array) => string;
        readonly collateral: readonly OutRef[];
        readonly collateralReturn?: Output | undefined;
        readonly totalCollateral: bigint;
        readonly witness?: ReferenceScript | undefined;
        readonly reference?: OutRef | undefined;
      }
    | undefined;
};

const TRUE = Uint8Array.of(0xf5);
const NULL = Uint8Array.of(0xf6);

const unsigned = (value: bigint | number) => encodeHead(0, BigInt(value));
const bytesOfHex = (hex: string) => encodeBytes(fromHex(hex) ?? new Uint8Array());
const outRefCbor = ({ txHash, index }: OutRef) => encodeArray([bytesOfHex(txHash), unsigned(index)]);

/** The bytes of a transaction without signatures. */
export function writeTransaction(parts: Parts): Uint8Array {
  const { inputs, outputs, fee, ttl, validFrom, requiredSigners, script } = parts;
  const redeemers = script && redeemersCbor(script.redeemed);
  const body: (readonly [number, Uint8Array | undefined])[] = [
    [0, encodeArray(inputs.map(outRefCbor))],
    [1, encodeArray(outputs.map(outputCbor))],
    [2, unsigned(fee)],
    [3, ttl === undefined ? undefined : unsigned(ttl)],
    [8, validFrom === undefined ? undefined : unsigned(validFrom)],
    [11, script && redeemers && bytesOfHex(script.integrityHash(redeemers))],
    [13, script && encodeArray(script.collateral.map(outRefCbor))],
    [14, requiredSigners.length === 0 ? undefined : encodeArray(requiredSigners.map(bytesOfHex))],
    [16, script?.collateralReturn && outputCbor(script.collateralReturn)],
    [17, script && unsigned(script.totalCollateral)],
    [18, script?.reference && encodeArray([outRefCbor(script.reference)])],
  ];
  const witnesses: (readonly [number, Uint8Array | undefined])[] = [
    [5, redeemers],
    [7, script?.witness && encodeArray([bytesOfHex(script.witness.bytes)])],
  ];
  return encodeArray([fieldsCbor(body), fieldsCbor(witnesses), TRUE, NULL]);
}

function fieldsCbor(fields: readonly (readonly [number, Uint8Array | undefined])[]): Uint8Array {
  return encodeMap(fields.flatMap(([key, value]) => (value === undefined ? [] : [[unsigned(key), value]])));
}

function redeemersCbor(redeemed: readonly Redeemed[]): Uint8Array {
  return encodeMap(
    redeemed.map(({ index, redeemer, units }) => [
      encodeArray([unsigned(0), unsigned(index)]),
      encodeArray([
        encodePlutusData(redeemerData(redeemer)),
        encodeArray([unsigned(units.memory), unsigned(units.steps)]),
      ]),
    ]),
  );
}

function written({ address, value, datum }: Output): NewOutput {
  const inlineDatum = datum && encodePlutusData(datumData(datum));
  return { address: writtenAddress(address), value, inlineDatum };
}

const outputCbor = (output: Output) => encodeOutput(written(output));

/** An address's own bytes. That it is an address was checked before. */
export function writtenAddress(address: string): Uint8Array {
  const parsed = parseAddress(address);
  return parsed.ok ? parsed.value.bytes : new Uint8Array();
}

/** The least lovelace that the ledger wants in an output, for the encoding that it has when it holds at least this. */
export function leastLovelace(output: Output, parameters: { readonly coinsPerUtxoByte: bigint }): bigint {
  return leastLovelaceOf(written(output), parameters);
}

/** The address without stake of a validator. */
export function validatorAddress(scriptHash: string, network: Network): string {
  const header = Uint8Array.of(0x70 | networkIdOf(network));
  return addressText(concatBytes([header, fromHex(scriptHash) ?? new Uint8Array()]));
}
