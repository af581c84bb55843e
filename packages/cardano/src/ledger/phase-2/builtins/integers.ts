import {
  ADDED_SIZES,
  CONSTANT,
  type CostShape,
  DIVISION,
  EXP_MOD,
  LINEAR_IN_Y,
  LINEAR_IN_Y_OF_THREE,
  LINEAR_IN_Z,
  MAX_SIZE,
  MIN_SIZE,
  MULTIPLIED_SIZES,
  SUBTRACTED_SIZES,
} from '../costs/shapes.js';
import { boolean, integer } from '../machine/constant.js';
import { integerOf } from './arguments.js';
import { type Builtin, BuiltinFailed, type PlutusVersion, VAN_ROSSEM } from './builtin.js';
import { FROM_ALONZO, FROM_VAN_ROSSEM } from './introduced.js';

/** The largest numbers that the ledger calculates with since protocol version 11. */
const MAX_INTEGER = 2n ** 262_143n - 1n;

function bounded(value: bigint, { protocolVersion }: PlutusVersion): bigint {
  if (protocolVersion >= VAN_ROSSEM && (value > MAX_INTEGER || value < -MAX_INTEGER - 1n))
    throw new BuiltinFailed('a number is out of bounds');
  return value;
}

function arithmetic(
  name: string,
  cpu: Builtin['cpu'],
  memory: Builtin['memory'],
  calculate: (a: bigint, b: bigint) => bigint,
): Builtin {
  return {
    name,
    forces: 0,
    arity: 2,
    introduced: FROM_ALONZO,
    cpu,
    memory,
    run: ([a, b], version) =>
      integer(bounded(calculate(bounded(integerOf(a), version), bounded(integerOf(b), version)), version)),
  };
}

function comparison(name: string, compare: (a: bigint, b: bigint) => boolean): Builtin {
  return {
    name,
    forces: 0,
    arity: 2,
    introduced: FROM_ALONZO,
    cpu: MIN_SIZE,
    memory: CONSTANT,
    run: ([a, b], version) =>
      boolean(compare(bounded(integerOf(a), version), bounded(integerOf(b), version))),
  };
}

function divided(a: bigint, b: bigint, divide: (a: bigint, b: bigint) => bigint): bigint {
  if (b === 0n) throw new BuiltinFailed('division by zero');
  return divide(a, b);
}

/** Rounds towards negative infinity, where bigints round towards zero. */
function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

function floorModulo(a: bigint, b: bigint): bigint {
  const remainder = a % b;
  return remainder !== 0n && remainder < 0n !== b < 0n ? remainder + b : remainder;
}

/** Division that rounds down costs the same on both sides of the diagonal since protocol version 11. */
function floorCost({ language, protocolVersion }: PlutusVersion): CostShape {
  const both = protocolVersion >= VAN_ROSSEM;
  if (language === 'plutusV3') return both ? DIVISION.newerOnBothSides : DIVISION.newer;
  return both ? DIVISION.olderOnBothSides : DIVISION.older;
}

function truncateCost({ language }: PlutusVersion): CostShape {
  return language === 'plutusV3' ? DIVISION.newer : DIVISION.older;
}

function remainderMemory({ language, protocolVersion }: PlutusVersion): CostShape {
  if (language === 'plutusV3') return LINEAR_IN_Y;
  return protocolVersion >= VAN_ROSSEM ? LINEAR_IN_Y_OF_THREE : SUBTRACTED_SIZES;
}

export const ADD_INTEGER = arithmetic('addInteger', MAX_SIZE, MAX_SIZE, (a, b) => a + b);
export const SUBTRACT_INTEGER = arithmetic('subtractInteger', MAX_SIZE, MAX_SIZE, (a, b) => a - b);
export const MULTIPLY_INTEGER = arithmetic('multiplyInteger', MULTIPLIED_SIZES, ADDED_SIZES, (a, b) => a * b);
export const DIVIDE_INTEGER = arithmetic('divideInteger', floorCost, SUBTRACTED_SIZES, (a, b) =>
  divided(a, b, floorDivide),
);
export const QUOTIENT_INTEGER = arithmetic('quotientInteger', truncateCost, SUBTRACTED_SIZES, (a, b) =>
  divided(a, b, (dividend, divisor) => dividend / divisor),
);
export const REMAINDER_INTEGER = arithmetic('remainderInteger', truncateCost, remainderMemory, (a, b) =>
  divided(a, b, (dividend, divisor) => dividend % divisor),
);
export const MOD_INTEGER = arithmetic('modInteger', floorCost, remainderMemory, (a, b) =>
  divided(a, b, floorModulo),
);
export const EQUALS_INTEGER = comparison('equalsInteger', (a, b) => a === b);
export const LESS_THAN_INTEGER = comparison('lessThanInteger', (a, b) => a < b);
export const LESS_THAN_EQUALS_INTEGER = comparison('lessThanEqualsInteger', (a, b) => a <= b);

/** Base, exponent and modulus are at most this large. */
const MAX_EXP_MOD = 2n ** 8191n - 1n;

/** The number that makes one of this one, by the extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b] = [floorModulo(value, modulus), modulus];
  let [x, y] = [1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  if (a !== 1n) throw new BuiltinFailed('a number has no inverse');
  return floorModulo(x, modulus);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base;
  for (const bit of [...exponent.toString(2)].reverse()) {
    if (bit === '1') result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function expMod(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const isWithin = (value: bigint) => value <= MAX_EXP_MOD && value >= -MAX_EXP_MOD - 1n;
  if (modulus <= 0n || modulus > MAX_EXP_MOD) throw new BuiltinFailed('a modulus is out of bounds');
  if (modulus === 1n) return 0n;
  if (!isWithin(base) || !isWithin(exponent)) throw new BuiltinFailed('a number is out of bounds');
  if (exponent < 0n) return power(inverse(base, modulus), -exponent, modulus);
  return power(floorModulo(base, modulus), exponent, modulus);
}

export const EXP_MOD_INTEGER: Builtin = {
  name: 'expModInteger',
  forces: 0,
  arity: 3,
  introduced: FROM_VAN_ROSSEM,
  cpu: EXP_MOD,
  memory: LINEAR_IN_Z,
  run: ([base, exponent, modulus]) =>
    integer(expMod(integerOf(base), integerOf(exponent), integerOf(modulus))),
};
