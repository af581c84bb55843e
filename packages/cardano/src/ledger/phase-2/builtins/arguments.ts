import type { PlutusData } from '../../plutus/index.js';
import type { AtomicKind, Constant, Pair } from '../machine/constant.js';
import type { List } from '../machine/list.js';
import type { Value } from '../machine/value.js';
import { BuiltinFailed } from './builtin.js';
import type { LedgerValue } from './ledger-value.js';

function constantOf(value: Value | undefined): Constant {
  if (value?.kind === 'constant') return value;
  throw new BuiltinFailed(`expected a constant, found a ${value?.kind}`);
}

function contentOf(value: Value | undefined, kind: AtomicKind): unknown {
  const { type, content } = constantOf(value);
  if (type.kind !== kind) throw new BuiltinFailed(`expected a constant of type ${kind}, found ${type.key}`);
  return content;
}

export function integerOf(value: Value | undefined): bigint {
  return contentOf(value, 'integer') as bigint;
}

export function bytesOf(value: Value | undefined): Uint8Array {
  return contentOf(value, 'bytes') as Uint8Array;
}

export function stringOf(value: Value | undefined): string {
  return contentOf(value, 'string') as string;
}

export function booleanOf(value: Value | undefined): boolean {
  return contentOf(value, 'boolean') as boolean;
}

export function dataOf(value: Value | undefined): PlutusData {
  return contentOf(value, 'data') as PlutusData;
}

export function ledgerValueOf(value: Value | undefined): LedgerValue {
  return contentOf(value, 'value') as LedgerValue;
}

/** What only must have this type. */
export function opaqueOf(value: Value | undefined, kind: AtomicKind): unknown {
  return contentOf(value, kind);
}

/** Any argument at all. */
export function anyOf(value: Value | undefined): Value {
  if (value === undefined) throw new BuiltinFailed('an argument is missing');
  return value;
}

export function listOf(value: Value | undefined) {
  const { type, content } = constantOf(value);
  if (type.kind !== 'list') throw new BuiltinFailed(`expected a list, found a constant of type ${type.key}`);
  return { type, list: content as List };
}

export function pairOf(value: Value | undefined) {
  const { type, content } = constantOf(value);
  if (type.kind !== 'pair') throw new BuiltinFailed(`expected a pair, found a constant of type ${type.key}`);
  return { type, pair: content as Pair };
}

export function arrayOf(value: Value | undefined) {
  const { type, content } = constantOf(value);
  if (type.kind !== 'array')
    throw new BuiltinFailed(`expected an array, found a constant of type ${type.key}`);
  return { type, items: content as readonly unknown[] };
}

const MAX_INT64 = 2n ** 63n - 1n;

/** A number that the ledger's own type `Int` holds; one that is not within it fails. */
export function int64Of(value: Value | undefined): bigint {
  const number = integerOf(value);
  if (number > MAX_INT64 || number < -MAX_INT64 - 1n) throw new BuiltinFailed('a number is out of bounds');
  return number;
}

/** A number from 0 to 255. */
export function byteOf(value: Value | undefined): number {
  const number = integerOf(value);
  if (number < 0n || number > 255n)
    throw new BuiltinFailed(`expected a byte, found ${number.toString().slice(0, 40)}`);
  return Number(number);
}
