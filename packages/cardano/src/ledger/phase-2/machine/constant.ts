import type { PlutusData } from '../../plutus/index.js';

/** A type of constants. Two types are the same when their keys are. */
export type ConstantType =
  | { readonly kind: AtomicKind; readonly key: string }
  | { readonly kind: 'list' | 'array'; readonly element: ConstantType; readonly key: string }
  | {
      readonly kind: 'pair';
      readonly first: ConstantType;
      readonly second: ConstantType;
      readonly key: string;
    };

export type AtomicKind =
  | 'integer'
  | 'bytes'
  | 'string'
  | 'unit'
  | 'boolean'
  | 'data'
  | 'g1'
  | 'g2'
  | 'millerLoopResult'
  | 'value';

function atomic(kind: AtomicKind): ConstantType {
  return { kind, key: kind };
}

export const INTEGER = atomic('integer');
export const BYTES = atomic('bytes');
export const STRING = atomic('string');
export const UNIT = atomic('unit');
export const BOOLEAN = atomic('boolean');
export const DATA = atomic('data');
export const G1 = atomic('g1');
export const G2 = atomic('g2');
export const MILLER_LOOP_RESULT = atomic('millerLoopResult');
export const VALUE = atomic('value');

export function listOf(element: ConstantType): ConstantType {
  return { kind: 'list', element, key: `list(${element.key})` };
}

export function arrayOf(element: ConstantType): ConstantType {
  return { kind: 'array', element, key: `array(${element.key})` };
}

export function pairOf(first: ConstantType, second: ConstantType): ConstantType {
  return { kind: 'pair', first, second, key: `pair(${first.key},${second.key})` };
}

export const DATA_LIST = listOf(DATA);
export const DATA_PAIR = pairOf(DATA, DATA);
export const DATA_PAIR_LIST = listOf(DATA_PAIR);

/**
 * A constant. Its content is what its type says: a bigint, bytes, a string, a boolean, undefined for unit, `PlutusData`,
 * a `List`, a `Pair`, an array of contents, a `LedgerValue`, or a point of a curve.
 */
export type Constant = {
  readonly kind: 'constant';
  readonly type: ConstantType;
  readonly content: unknown;
};

/** The contents of a pair. */
export type Pair = readonly [first: unknown, second: unknown];

export function constant(type: ConstantType, content: unknown): Constant {
  return { kind: 'constant', type, content };
}

export function integer(value: bigint): Constant {
  return constant(INTEGER, value);
}

export function bytes(value: Uint8Array): Constant {
  return constant(BYTES, value);
}

export function data(value: PlutusData): Constant {
  return constant(DATA, value);
}

export const TRUE = constant(BOOLEAN, true);
export const FALSE = constant(BOOLEAN, false);
export const UNIT_VALUE = constant(UNIT, undefined);

export function boolean(value: boolean): Constant {
  return value ? TRUE : FALSE;
}
