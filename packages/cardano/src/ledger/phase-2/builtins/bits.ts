import { fromHex, toHex } from '../../primitives/hex.js';
import {
  CONSTANT,
  type CostShape,
  LINEAR_IN_MAX_YZ,
  LINEAR_IN_X,
  LINEAR_IN_Y,
  LINEAR_IN_Y_AND_Z,
} from '../costs/shapes.js';
import { boolean, bytes, integer } from '../machine/constant.js';
import { itemsOf } from '../machine/list.js';
import { booleanOf, byteOf, bytesOf, int64Of, integerOf, listOf } from './arguments.js';
import { type Builtin, BuiltinFailed, VAN_ROSSEM } from './builtin.js';
import { FROM_PLOMIN } from './introduced.js';

function bitwise(name: string, combine: (a: number, b: number) => number): Builtin {
  return {
    name,
    forces: 0,
    arity: 3,
    introduced: FROM_PLOMIN,
    cpu: LINEAR_IN_Y_AND_Z,
    memory: LINEAR_IN_MAX_YZ,
    run: ([padded, a, b]) => {
      const isPadded = booleanOf(padded);
      const [left, right] = [bytesOf(a), bytesOf(b)];
      const [shorter, longer] = left.length <= right.length ? [left, right] : [right, left];
      const result = Uint8Array.from(isPadded ? longer : shorter);
      shorter.forEach((byte, at) => {
        result[at] = combine(byte, longer[at] ?? 0);
      });
      return bytes(result);
    },
  };
}

export const AND_BYTE_STRING = bitwise('andByteString', (a, b) => a & b);
export const OR_BYTE_STRING = bitwise('orByteString', (a, b) => a | b);
export const XOR_BYTE_STRING = bitwise('xorByteString', (a, b) => a ^ b);

export const COMPLEMENT_BYTE_STRING: Builtin = {
  name: 'complementByteString',
  forces: 0,
  arity: 1,
  introduced: FROM_PLOMIN,
  cpu: LINEAR_IN_X,
  memory: LINEAR_IN_X,
  run: ([source]) => bytes(bytesOf(source).map((byte) => ~byte)),
};

/** Where a bit lies: bit 0 is the lowest of the last byte. */
function place(source: Uint8Array, index: bigint): { readonly byte: number; readonly mask: number } {
  if (index < 0n || index >= 8n * BigInt(source.length)) throw new BuiltinFailed('an index is out of bounds');
  const bit = Number(index);
  return { byte: source.length - 1 - (bit >> 3), mask: 1 << (bit & 7) };
}

export const READ_BIT: Builtin = {
  name: 'readBit',
  forces: 0,
  arity: 2,
  introduced: FROM_PLOMIN,
  cpu: CONSTANT,
  memory: CONSTANT,
  run: ([source, index]) => {
    const from = bytesOf(source);
    const { byte, mask } = place(from, integerOf(index));
    return boolean(((from[byte] ?? 0) & mask) !== 0);
  },
};

/** The longest byte string whose bits are written since protocol version 11. */
const MAX_WRITABLE = 4096;

export const WRITE_BITS: Builtin = {
  name: 'writeBits',
  forces: 0,
  arity: 3,
  introduced: FROM_PLOMIN,
  cpu: LINEAR_IN_Y,
  memory: LINEAR_IN_X,
  run: ([source, indexes, bit], { protocolVersion }) => {
    const result = Uint8Array.from(bytesOf(source));
    const { type, list } = listOf(indexes);
    const isSet = booleanOf(bit);
    if (type.element.kind !== 'integer') throw new BuiltinFailed('expected a list of integers');
    if (protocolVersion >= VAN_ROSSEM && result.length > MAX_WRITABLE)
      throw new BuiltinFailed('a byte string is too long');
    for (const index of itemsOf(list)) {
      const { byte, mask } = place(result, index as bigint);
      const before = result[byte] ?? 0;
      result[byte] = isSet ? before | mask : before & ~mask;
    }
    return bytes(result);
  },
};

const MAX_REPLICATED = 8192n;

export const REPLICATE_BYTE: Builtin = {
  name: 'replicateByte',
  forces: 0,
  arity: 2,
  introduced: FROM_PLOMIN,
  cpu: LINEAR_IN_X,
  memory: LINEAR_IN_X,
  measures: { 0: 'bytesAsWords' },
  run: ([count, byte]) => {
    const length = int64Of(count);
    const repeated = byteOf(byte);
    if (length < 0n || length > MAX_REPLICATED) throw new BuiltinFailed('a length is out of bounds');
    return bytes(new Uint8Array(Number(length)).fill(repeated));
  },
};

/** The bytes as one number of which the first byte is the highest. */
function numberOf(source: Uint8Array): bigint {
  return BigInt(`0x0${toHex(source)}`);
}

function bytesOfNumber(value: bigint, length: number): Uint8Array {
  if (length === 0) return new Uint8Array();
  const hex = BigInt.asUintN(8 * length, value)
    .toString(16)
    .padStart(2 * length, '0');
  return fromHex(hex) ?? new Uint8Array();
}

function moved(name: string, move: (source: Uint8Array, by: bigint) => Uint8Array): Builtin {
  return {
    name,
    forces: 0,
    arity: 2,
    introduced: FROM_PLOMIN,
    cpu: LINEAR_IN_X,
    memory: LINEAR_IN_X,
    run: ([source, by]) => bytes(move(bytesOf(source), int64Of(by))),
  };
}

export const SHIFT_BYTE_STRING = moved('shiftByteString', (source, by) => {
  const bits = 8n * BigInt(source.length);
  if (by >= bits || -by >= bits) return new Uint8Array(source.length);
  const value = numberOf(source);
  return bytesOfNumber(by >= 0n ? value << by : value >> -by, source.length);
});

export const ROTATE_BYTE_STRING = moved('rotateByteString', (source, by) => {
  if (source.length === 0) return source;
  const bits = 8n * BigInt(source.length);
  const left = ((by % bits) + bits) % bits;
  const value = numberOf(source);
  return bytesOfNumber((value << left) | (value >> (bits - left)), source.length);
});

function counted(name: string, cpu: CostShape, count: (source: Uint8Array) => number): Builtin {
  return {
    name,
    forces: 0,
    arity: 1,
    introduced: FROM_PLOMIN,
    cpu,
    memory: CONSTANT,
    run: ([source]) => integer(BigInt(count(bytesOf(source)))),
  };
}

function onesIn(byte: number): number {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones;
}

export const COUNT_SET_BITS = counted('countSetBits', LINEAR_IN_X, (source) =>
  source.reduce((total, byte) => total + onesIn(byte), 0),
);

export const FIND_FIRST_SET_BIT = counted('findFirstSetBit', LINEAR_IN_X, (source) => {
  const last = source.findLastIndex((byte) => byte !== 0);
  if (last === -1) return -1;
  const byte = source[last] ?? 0;
  return 8 * (source.length - 1 - last) + (31 - Math.clz32(byte & -byte));
});
