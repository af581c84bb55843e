import { bls12_381 } from '@noble/curves/bls12-381.js';
import { compareBytes } from '../../primitives/bytes.js';
import { CONSTANT, type CostShape, LINEAR_IN_X } from '../costs/shapes.js';
import {
  boolean,
  bytes,
  type ConstantType,
  constant,
  G1,
  G2,
  MILLER_LOOP_RESULT,
} from '../machine/constant.js';
import { itemsOf } from '../machine/list.js';
import type { Value } from '../machine/value.js';
import { bytesOf, integerOf, listOf, opaqueOf } from './arguments.js';
import { type Builtin, BuiltinFailed, type Introduced } from './builtin.js';
import { FROM_CHANG, FROM_VAN_ROSSEM } from './introduced.js';

type PointG1 = InstanceType<typeof bls12_381.G1.Point>;
type PointG2 = InstanceType<typeof bls12_381.G2.Point>;
type MillerLoopResult = ReturnType<typeof bls12_381.pairing>;

const { Fp12, Fr } = bls12_381.fields;
const ORDER = Fr.ORDER;
const MAX_DOMAIN_BYTES = 255;
/** The largest scalars that the ledger takes in sums. */
const MAX_SCALAR = 2n ** 4095n - 1n;

/** What both groups can do. */
type Point<P> = {
  add(other: P): P;
  negate(): P;
  multiplyUnsafe(scalar: bigint): P;
  equals(other: P): boolean;
  isTorsionFree(): boolean;
  toBytes(isCompressed: boolean): Uint8Array;
};

type Group<P extends Point<P>> = {
  readonly name: string;
  readonly type: ConstantType & { readonly kind: 'g1' | 'g2' };
  readonly zero: P;
  readonly compressedBytes: number;
  readonly fromBytes: (bytes: Uint8Array) => P;
  readonly hash: (message: Uint8Array, domain: Uint8Array) => P;
};

function builtin(
  name: string,
  arity: number,
  run: Builtin['run'],
  cpu: CostShape = CONSTANT,
  introduced: Introduced = FROM_CHANG,
): Builtin {
  return { name: `bls12_381_${name}`, forces: 0, arity, introduced, cpu, memory: CONSTANT, run };
}

function scaled<P extends Point<P>>(point: P, by: bigint, zero: P): P {
  const scalar = ((by % ORDER) + ORDER) % ORDER;
  return scalar === 0n ? zero : point.multiplyUnsafe(scalar);
}

/** The compressed form; the library writes every point but the one at infinity. */
function compressed<P extends Point<P>>(group: Group<P>, point: P): Uint8Array {
  if (!point.equals(group.zero)) return point.toBytes(true);
  const infinity = new Uint8Array(group.compressedBytes);
  infinity[0] = 0xc0;
  return infinity;
}

/** The point that bytes stand for, when they are the one form of a point in the group. */
function uncompressed<P extends Point<P>>(group: Group<P>, given: Uint8Array): P {
  if (compareBytes(compressed(group, group.zero), given) === 0) return group.zero;
  const isCompressed = ((given[0] ?? 0) & 0x80) !== 0;
  if (given.length !== group.compressedBytes || !isCompressed)
    throw new BuiltinFailed('bytes are no compressed point');
  let point: P;
  try {
    point = group.fromBytes(given);
  } catch {
    throw new BuiltinFailed('bytes are no compressed point');
  }
  const isCanonical = compareBytes(compressed(group, point), given) === 0;
  if (!isCanonical || point.equals(group.zero) || !point.isTorsionFree())
    throw new BuiltinFailed('bytes are no compressed point of the group');
  return point;
}

function groupBuiltins<P extends Point<P>>(group: Group<P>) {
  const { name, type, zero } = group;
  const pointOf = (value: Value | undefined) => opaqueOf(value, type.kind) as P;
  const point = (value: P) => constant(type, value);
  return {
    add: builtin(`${name}_add`, 2, ([a, b]) => point(pointOf(a).add(pointOf(b)))),
    negate: builtin(`${name}_neg`, 1, ([a]) => point(pointOf(a).negate())),
    scalarMul: builtin(
      `${name}_scalarMul`,
      2,
      ([by, a]) => point(scaled(pointOf(a), integerOf(by), zero)),
      LINEAR_IN_X,
    ),
    equal: builtin(`${name}_equal`, 2, ([a, b]) => boolean(pointOf(a).equals(pointOf(b)))),
    compress: builtin(`${name}_compress`, 1, ([a]) => bytes(compressed(group, pointOf(a)))),
    uncompress: builtin(`${name}_uncompress`, 1, ([a]) => point(uncompressed(group, bytesOf(a)))),
    hashToGroup: builtin(
      `${name}_hashToGroup`,
      2,
      ([message, domain]) => {
        const [hashed, tag] = [bytesOf(message), bytesOf(domain)];
        if (tag.length > MAX_DOMAIN_BYTES) throw new BuiltinFailed('a domain is too long');
        return point(group.hash(hashed, tag));
      },
      LINEAR_IN_X,
    ),
    multiScalarMul: builtin(
      `${name}_multiScalarMul`,
      2,
      ([scalars, points]) => {
        const [by, of] = [listOf(scalars), listOf(points)];
        if (by.type.element.kind !== 'integer' || of.type.element.kind !== type.kind)
          throw new BuiltinFailed('expected a list of integers and a list of points');
        const numbers = itemsOf(by.list) as readonly bigint[];
        if (numbers.some((number) => number > MAX_SCALAR || number < -MAX_SCALAR - 1n))
          throw new BuiltinFailed('a scalar is out of bounds');
        const multiplied = itemsOf(of.list) as readonly P[];
        const count = Math.min(numbers.length, multiplied.length);
        let sum = zero;
        for (let at = 0; at < count; at += 1) {
          sum = sum.add(scaled(multiplied[at] ?? zero, numbers[at] ?? 0n, zero));
        }
        return point(sum);
      },
      LINEAR_IN_X,
      FROM_VAN_ROSSEM,
    ),
  };
}

function isAtomic<K extends 'g1' | 'g2'>(type: ConstantType, kind: K) {
  return { kind, key: type.key } as const;
}

export const G1_BUILTINS = groupBuiltins<PointG1>({
  name: 'G1',
  type: isAtomic(G1, 'g1'),
  zero: bls12_381.G1.Point.ZERO,
  compressedBytes: 48,
  fromBytes: (given) => bls12_381.G1.Point.fromBytes(given),
  hash: (message, DST) => bls12_381.G1.hashToCurve(message, { DST }) as PointG1,
});

export const G2_BUILTINS = groupBuiltins<PointG2>({
  name: 'G2',
  type: isAtomic(G2, 'g2'),
  zero: bls12_381.G2.Point.ZERO,
  compressedBytes: 96,
  fromBytes: (given) => bls12_381.G2.Point.fromBytes(given),
  hash: (message, DST) => bls12_381.G2.hashToCurve(message, { DST }) as PointG2,
});

function resultOf(value: Value | undefined): MillerLoopResult {
  return opaqueOf(value, 'millerLoopResult') as MillerLoopResult;
}

export const MILLER_LOOP = builtin('millerLoop', 2, ([a, b]) => {
  const [first, second] = [opaqueOf(a, 'g1') as PointG1, opaqueOf(b, 'g2') as PointG2];
  // A point at infinity pairs to one.
  const isOne = first.is0() || second.is0();
  return constant(MILLER_LOOP_RESULT, isOne ? Fp12.ONE : bls12_381.pairing(first, second, false));
});

export const MUL_ML_RESULT = builtin('mulMlResult', 2, ([a, b]) =>
  constant(MILLER_LOOP_RESULT, Fp12.mul(resultOf(a), resultOf(b))),
);

export const FINAL_VERIFY = builtin('finalVerify', 2, ([a, b]) => {
  const quotient = Fp12.mul(resultOf(a), Fp12.inv(resultOf(b)));
  return boolean(Fp12.eql(Fp12.finalExponentiate(quotient), Fp12.ONE));
});
