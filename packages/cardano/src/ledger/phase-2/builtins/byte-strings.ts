import { ripemd160 } from '@noble/hashes/legacy.js';
import { keccak_256, sha3_256 } from '@noble/hashes/sha3.js';
import { compareBytes } from '../../primitives/bytes.js';
import { blake2b224, blake2b256 } from '../../primitives/hash.js';
import { fromHex, toHex } from '../../primitives/hex.js';
import { sha256 } from '../../primitives/sha256.js';
import {
  ADDED_SIZES,
  CONSTANT,
  LINEAR_IN_X,
  LINEAR_IN_Y,
  LINEAR_IN_Z,
  LINEAR_ON_DIAGONAL,
  LITERAL_IN_Y_OR_LINEAR_IN_Z,
  MIN_SIZE,
  QUADRATIC_IN_Y,
  QUADRATIC_IN_Z,
} from '../costs/shapes.js';
import { boolean, bytes, constant, integer, STRING } from '../machine/constant.js';
import { booleanOf, byteOf, bytesOf, int64Of, integerOf, stringOf } from './arguments.js';
import { type Builtin, BuiltinFailed, type Introduced, VAN_ROSSEM } from './builtin.js';
import { FROM_ALONZO, FROM_CHANG, FROM_CHANG_AND_PLOMIN, FROM_PLOMIN } from './introduced.js';

/** The longest byte string that the ledger makes since protocol version 11. */
const MAX_BYTES = 65_536;

export const APPEND_BYTE_STRING: Builtin = {
  name: 'appendByteString',
  forces: 0,
  arity: 2,
  introduced: FROM_ALONZO,
  cpu: ADDED_SIZES,
  memory: ADDED_SIZES,
  run: ([a, b], { protocolVersion }) => {
    const [left, right] = [bytesOf(a), bytesOf(b)];
    if (protocolVersion >= VAN_ROSSEM && left.length + right.length > MAX_BYTES)
      throw new BuiltinFailed('a byte string is too long');
    const joined = new Uint8Array(left.length + right.length);
    joined.set(left);
    joined.set(right, left.length);
    return bytes(joined);
  },
};

export const CONS_BYTE_STRING: Builtin = {
  name: 'consByteString',
  forces: 0,
  arity: 2,
  introduced: FROM_ALONZO,
  cpu: LINEAR_IN_Y,
  memory: ADDED_SIZES,
  run: ([first, rest], { language }) => {
    // Older languages take any number, and of it the lowest byte.
    const byte = language === 'plutusV3' ? byteOf(first) : Number(BigInt.asUintN(8, integerOf(first)));
    const tail = bytesOf(rest);
    const joined = new Uint8Array(1 + tail.length);
    joined[0] = byte;
    joined.set(tail, 1);
    return bytes(joined);
  },
};

export const SLICE_BYTE_STRING: Builtin = {
  name: 'sliceByteString',
  forces: 0,
  arity: 3,
  introduced: FROM_ALONZO,
  cpu: LINEAR_IN_Z,
  memory: LINEAR_IN_Z,
  run: ([from, count, source]) => {
    const [start, length] = [int64Of(from), int64Of(count)];
    const whole = bytesOf(source);
    const begin = Number(start < 0n ? 0n : start);
    return bytes(whole.subarray(begin, begin + Number(length < 0n ? 0n : length)));
  },
};

export const LENGTH_OF_BYTE_STRING: Builtin = {
  name: 'lengthOfByteString',
  forces: 0,
  arity: 1,
  introduced: FROM_ALONZO,
  cpu: CONSTANT,
  memory: CONSTANT,
  run: ([source]) => integer(BigInt(bytesOf(source).length)),
};

export const INDEX_BYTE_STRING: Builtin = {
  name: 'indexByteString',
  forces: 0,
  arity: 2,
  introduced: FROM_ALONZO,
  cpu: CONSTANT,
  memory: CONSTANT,
  run: ([source, index]) => {
    const byte = bytesOf(source)[Number(int64Of(index))];
    if (byte === undefined) throw new BuiltinFailed('an index is out of bounds');
    return integer(BigInt(byte));
  },
};

function comparison(
  name: string,
  cpu: Builtin['cpu'],
  isTrue: (a: Uint8Array, b: Uint8Array) => boolean,
): Builtin {
  return {
    name,
    forces: 0,
    arity: 2,
    introduced: FROM_ALONZO,
    cpu,
    memory: CONSTANT,
    run: ([a, b]) => boolean(isTrue(bytesOf(a), bytesOf(b))),
  };
}

export const EQUALS_BYTE_STRING = comparison(
  'equalsByteString',
  LINEAR_ON_DIAGONAL,
  (a, b) => a.length === b.length && compareBytes(a, b) === 0,
);
export const LESS_THAN_BYTE_STRING = comparison(
  'lessThanByteString',
  MIN_SIZE,
  (a, b) => compareBytes(a, b) < 0,
);
export const LESS_THAN_EQUALS_BYTE_STRING = comparison(
  'lessThanEqualsByteString',
  MIN_SIZE,
  (a, b) => compareBytes(a, b) <= 0,
);

function hash(name: string, introduced: Introduced, digest: (source: Uint8Array) => Uint8Array): Builtin {
  return {
    name,
    forces: 0,
    arity: 1,
    introduced,
    cpu: LINEAR_IN_X,
    memory: CONSTANT,
    run: ([source]) => bytes(digest(bytesOf(source))),
  };
}

export const SHA2_256 = hash('sha2_256', FROM_ALONZO, sha256);
export const SHA3_256 = hash('sha3_256', FROM_ALONZO, sha3_256);
export const BLAKE2B_256 = hash('blake2b_256', FROM_ALONZO, blake2b256);
export const KECCAK_256 = hash('keccak_256', FROM_CHANG, keccak_256);
export const BLAKE2B_224 = hash('blake2b_224', FROM_CHANG, blake2b224);
export const RIPEMD_160 = hash('ripemd_160', FROM_PLOMIN, ripemd160);

export const APPEND_STRING: Builtin = {
  name: 'appendString',
  forces: 0,
  arity: 2,
  introduced: FROM_ALONZO,
  cpu: ADDED_SIZES,
  memory: ADDED_SIZES,
  run: ([a, b]) => constant(STRING, stringOf(a) + stringOf(b)),
};

export const EQUALS_STRING: Builtin = {
  name: 'equalsString',
  forces: 0,
  arity: 2,
  introduced: FROM_ALONZO,
  cpu: LINEAR_ON_DIAGONAL,
  memory: CONSTANT,
  run: ([a, b]) => boolean(stringOf(a) === stringOf(b)),
};

export const ENCODE_UTF8: Builtin = {
  name: 'encodeUtf8',
  forces: 0,
  arity: 1,
  introduced: FROM_ALONZO,
  cpu: LINEAR_IN_X,
  memory: LINEAR_IN_X,
  run: ([text]) => bytes(new TextEncoder().encode(stringOf(text))),
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const DECODE_UTF8: Builtin = {
  name: 'decodeUtf8',
  forces: 0,
  arity: 1,
  introduced: FROM_ALONZO,
  cpu: LINEAR_IN_X,
  memory: LINEAR_IN_X,
  run: ([source]) => {
    const encoded = bytesOf(source);
    try {
      return constant(STRING, utf8.decode(encoded));
    } catch {
      throw new BuiltinFailed('a byte string is not UTF-8');
    }
  },
};

/** The longest byte string that a number is written as. */
const MAX_WIDTH = 8192;

function bigEndian(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array();
  const hex = value.toString(16);
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`) ?? new Uint8Array();
}

export const INTEGER_TO_BYTE_STRING: Builtin = {
  name: 'integerToByteString',
  forces: 0,
  arity: 3,
  introduced: FROM_CHANG_AND_PLOMIN,
  cpu: QUADRATIC_IN_Z,
  memory: LITERAL_IN_Y_OR_LINEAR_IN_Z,
  measures: { 1: 'bytesAsWords' },
  run: ([isBigEndian, wanted, number]) => {
    const [isBig, width, value] = [booleanOf(isBigEndian), int64Of(wanted), integerOf(number)];
    if (width < 0n || width > BigInt(MAX_WIDTH)) throw new BuiltinFailed('a width is out of bounds');
    if (value < 0n) throw new BuiltinFailed('a negative number has no bytes');
    const written = bigEndian(value);
    const length = width === 0n ? written.length : Number(width);
    if (written.length > length || length > MAX_WIDTH)
      throw new BuiltinFailed('a number does not fit into its bytes');
    const padded = new Uint8Array(length);
    padded.set(written, length - written.length);
    return bytes(isBig ? padded : padded.reverse());
  },
};

export const BYTE_STRING_TO_INTEGER: Builtin = {
  name: 'byteStringToInteger',
  forces: 0,
  arity: 2,
  introduced: FROM_CHANG_AND_PLOMIN,
  cpu: QUADRATIC_IN_Y,
  memory: LINEAR_IN_Y,
  run: ([isBigEndian, source]) => {
    const isBig = booleanOf(isBigEndian);
    const given = bytesOf(source);
    const ordered = isBig ? given : Uint8Array.from(given).reverse();
    return integer(BigInt(`0x0${toHex(ordered)}`));
  },
};
