import type { PlutusData } from '../../plutus/index.js';
import { fromHex, toHex } from '../../primitives/hex.js';
import {
  ADDED_SIZES,
  CONSTANT,
  CONTAINMENT,
  type CostShape,
  LINEAR_IN_U,
  LINEAR_IN_X,
  LINEAR_IN_Y,
  LINEAR_IN_Z,
  QUADRATIC_IN_X,
  WITH_INTERACTION,
} from '../costs/shapes.js';
import { boolean, constant, data, integer, VALUE } from '../machine/constant.js';
import { bytesOf, dataOf, integerOf, ledgerValueOf } from './arguments.js';
import { type Builtin, BuiltinFailed, type Measure } from './builtin.js';
import { FROM_VAN_ROSSEM } from './introduced.js';
import {
  isKey,
  isQuantity,
  type LedgerValue,
  ledgerValue,
  quantitiesOf,
  quantityOf,
  withQuantity,
} from './ledger-value.js';

function onValues(
  name: string,
  arity: number,
  [cpu, memory]: readonly [CostShape, CostShape],
  run: Builtin['run'],
  measures?: Readonly<Record<number, Measure>>,
): Builtin {
  const builtin = { name, forces: 0, arity, introduced: FROM_VAN_ROSSEM, cpu, memory, run };
  return measures === undefined ? builtin : { ...builtin, measures };
}

function checkedQuantity(quantity: bigint): bigint {
  if (!isQuantity(quantity)) throw new BuiltinFailed('a quantity is out of bounds');
  return quantity;
}

export const INSERT_COIN = onValues(
  'insertCoin',
  4,
  [LINEAR_IN_U, LINEAR_IN_U],
  ([policy, name, amount, of]) => {
    const [policyId, assetName, quantity] = [bytesOf(policy), bytesOf(name), integerOf(amount)];
    const value = ledgerValueOf(of);
    if (quantity !== 0n && !(isKey(policyId) && isKey(assetName)))
      throw new BuiltinFailed('a key has more than 32 bytes');
    return constant(VALUE, withQuantity(value, toHex(policyId), toHex(assetName), checkedQuantity(quantity)));
  },
  { 3: 'valueDepth' },
);

export const LOOKUP_COIN = onValues(
  'lookupCoin',
  3,
  [LINEAR_IN_Z, CONSTANT],
  ([policy, name, of]) =>
    integer(quantityOf(ledgerValueOf(of), toHex(bytesOf(policy)), toHex(bytesOf(name)))),
  { 2: 'valueDepth' },
);

export const UNION_VALUE = onValues('unionValue', 2, [WITH_INTERACTION, ADDED_SIZES], ([a, b]) => {
  const [left, right] = [ledgerValueOf(a), ledgerValueOf(b)];
  const policies = new Map([...left.policies].map(([policy, tokens]) => [policy, new Map(tokens)] as const));
  for (const [policy, name, quantity] of quantitiesOf(right)) {
    const tokens = policies.get(policy) ?? new Map<string, bigint>();
    const sum = checkedQuantity((tokens.get(name) ?? 0n) + quantity);
    if (sum === 0n) tokens.delete(name);
    else tokens.set(name, sum);
    if (tokens.size === 0) policies.delete(policy);
    else policies.set(policy, tokens);
  }
  const size = [...policies.values()].reduce((total, tokens) => total + tokens.size, 0);
  const union: LedgerValue = { policies, size };
  return constant(VALUE, union);
});

export const VALUE_CONTAINS = onValues('valueContains', 2, [CONTAINMENT, CONSTANT], ([a, b]) => {
  const [whole, part] = [ledgerValueOf(a), ledgerValueOf(b)];
  const wanted = quantitiesOf(part);
  if ([...quantitiesOf(whole), ...wanted].some(([, , quantity]) => quantity < 0n))
    throw new BuiltinFailed('a quantity is negative');
  return boolean(wanted.every(([policy, name, quantity]) => quantityOf(whole, policy, name) >= quantity));
});

function hexBytes(hex: string): PlutusData {
  return { kind: 'bytes', value: fromHex(hex) ?? new Uint8Array() };
}

export const VALUE_DATA = onValues('valueData', 1, [LINEAR_IN_X, LINEAR_IN_X], ([of]) => {
  const value = ledgerValueOf(of);
  const entries = [...value.policies.keys()].sort().map((policy) => {
    const tokens = value.policies.get(policy) ?? new Map<string, bigint>();
    const names = [...tokens.keys()].sort().map((name) => {
      const quantity: PlutusData = { kind: 'int', value: tokens.get(name) ?? 0n };
      return [hexBytes(name), quantity] as const;
    });
    return [hexBytes(policy), { kind: 'map' as const, entries: names }] as const;
  });
  return data({ kind: 'map', entries });
});

function entriesOf(found: PlutusData): readonly (readonly [PlutusData, PlutusData])[] {
  if (found.kind !== 'map') throw new BuiltinFailed(`expected a map, found data of kind ${found.kind}`);
  return found.entries;
}

function keyOf(found: PlutusData): Uint8Array {
  if (found.kind !== 'bytes') throw new BuiltinFailed(`expected bytes, found data of kind ${found.kind}`);
  return found.value;
}

function numberOf(found: PlutusData): bigint {
  if (found.kind !== 'int') throw new BuiltinFailed(`expected an integer, found data of kind ${found.kind}`);
  return found.value;
}

export const UN_VALUE_DATA = onValues(
  'unValueData',
  1,
  [QUADRATIC_IN_X, LINEAR_IN_X],
  ([of]) => {
    const value = ledgerValue(
      entriesOf(dataOf(of)).map(([policy, tokens]) => [
        keyOf(policy),
        entriesOf(tokens).map(([name, quantity]) => [keyOf(name), numberOf(quantity)] as const),
      ]),
    );
    if (!value.ok) throw new BuiltinFailed(value.error);
    return constant(VALUE, value.value);
  },
  { 0: 'dataNodes' },
);

export const SCALE_VALUE = onValues('scaleValue', 2, [LINEAR_IN_Y, LINEAR_IN_Y], ([factor, of]) => {
  const by = integerOf(factor);
  const value = ledgerValueOf(of);
  if (by === 0n) return constant(VALUE, { policies: new Map(), size: 0 } satisfies LedgerValue);
  const policies = new Map(
    [...value.policies].map(([policy, tokens]) => [
      policy,
      new Map([...tokens].map(([name, quantity]) => [name, checkedQuantity(quantity * by)])),
    ]),
  );
  const scaled: LedgerValue = { policies, size: value.size };
  return constant(VALUE, scaled);
});
