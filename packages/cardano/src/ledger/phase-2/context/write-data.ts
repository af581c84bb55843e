import { type PlutusData, plutusBytes, plutusConstructor, plutusInteger } from '../../plutus/index.js';
import { fromHex } from '../../primitives/hex.js';

export function bytesOfHex(hex: string): PlutusData {
  return plutusBytes(fromHex(hex) ?? new Uint8Array());
}

export function list(items: readonly PlutusData[]): PlutusData {
  return { kind: 'list', items };
}

export function map(entries: readonly (readonly [PlutusData, PlutusData])[]): PlutusData {
  return { kind: 'map', entries };
}

export function pair(first: PlutusData, second: PlutusData): PlutusData {
  return plutusConstructor(0, first, second);
}

export function maybe(value: PlutusData | undefined): PlutusData {
  return value === undefined ? plutusConstructor(1) : plutusConstructor(0, value);
}

export function boolean(value: boolean): PlutusData {
  return plutusConstructor(value ? 1 : 0);
}

export const integer = plutusInteger;
export const construct = plutusConstructor;
