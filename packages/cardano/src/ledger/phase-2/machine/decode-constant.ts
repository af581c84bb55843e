import { readCbor } from '../../cbor/index.js';
import { readPlutusData } from '../../plutus/index.js';
import { checkPlutusData } from '../../transaction/decode/plutus-data.js';
import { Undecodable } from '../../transaction/decode/shape.js';
import { ledgerValue, type QuantityEntry } from '../builtins/ledger-value.js';
import {
  arrayOf,
  BOOLEAN,
  BYTES,
  type Constant,
  type ConstantType,
  constant,
  DATA,
  G1,
  G2,
  INTEGER,
  listOf,
  MILLER_LOOP_RESULT,
  pairOf,
  STRING,
  UNIT,
  VALUE,
} from './constant.js';
import { type FlatReader, NotAProgram } from './flat-reader.js';
import { listFrom } from './list.js';

/** The ledger's own limit on the nodes of a constant's type. */
const MAX_TYPE_NODES = 32;
const TYPE_BITS = 4;
/** Deeper data than any contract has; each level takes a part of the stack. */
const DATA_LIMITS = { maxBytes: 1 << 20, maxDepth: 500 };

const LIST = 5;
const PAIR = 6;
const APPLY = 7;
const ARRAY = 12;

/** By the number that marks them. */
const ATOMS: ReadonlyMap<number, ConstantType> = new Map([
  [0, INTEGER],
  [1, BYTES],
  [2, STRING],
  [3, UNIT],
  [4, BOOLEAN],
  [8, DATA],
  [9, G1],
  [10, G2],
  [11, MILLER_LOOP_RESULT],
  [13, VALUE],
]);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A type that still waits for types to be applied to. */
type Constructor = (argument: ConstantType) => ConstantType | Constructor;

function readType(tags: readonly number[]): ConstantType {
  let at = 0;
  const next = (): ConstantType | Constructor => {
    const tag = tags[at];
    at += 1;
    switch (tag) {
      case LIST:
        return listOf;
      case ARRAY:
        return arrayOf;
      case PAIR:
        return (first) => (second) => pairOf(first, second);
      case APPLY: {
        const applied = next();
        const argument = next();
        if (typeof applied !== 'function' || typeof argument === 'function') break;
        return applied(argument);
      }
      default: {
        const atom = tag === undefined ? undefined : ATOMS.get(tag);
        if (atom !== undefined) return atom;
      }
    }
    throw new NotAProgram('a constant is of no known type');
  };
  const type = next();
  if (typeof type === 'function' || at !== tags.length)
    throw new NotAProgram('a constant is of no known type');
  return type;
}

function readTypeTags(reader: FlatReader): number[] {
  const tags: number[] = [];
  while (reader.bit() === 1) {
    tags.push(reader.bits(TYPE_BITS));
    if (tags.length > MAX_TYPE_NODES) throw new NotAProgram('a constant’s type is too large');
  }
  return tags;
}

function readData(reader: FlatReader): unknown {
  const encoded = reader.byteString();
  const node = readCbor(encoded, DATA_LIMITS);
  if (!node.ok) throw new NotAProgram(`a constant is not Plutus data: ${node.error.message}`);
  try {
    checkPlutusData({ node: node.value, path: 'data', source: encoded });
  } catch (error) {
    if (error instanceof Undecodable)
      throw new NotAProgram(`a constant is not Plutus data: ${error.message}`);
    throw error;
  }
  const data = readPlutusData(encoded, DATA_LIMITS);
  if (!data.ok) throw new NotAProgram(`a constant is not Plutus data: ${data.error}`);
  return data.value;
}

function readMany<T>(reader: FlatReader, read: () => T): T[] {
  const items: T[] = [];
  while (reader.bit() === 1) items.push(read());
  return items;
}

function readValue(reader: FlatReader): unknown {
  const entries: QuantityEntry[] = readMany(reader, () => {
    const policy = reader.byteString();
    return [policy, readMany(reader, () => [reader.byteString(), reader.integer()] as const)] as const;
  });
  const value = ledgerValue(entries);
  if (!value.ok) throw new NotAProgram(`a constant is not a value: ${value.error}`);
  return value.value;
}

function readContent(reader: FlatReader, type: ConstantType): unknown {
  switch (type.kind) {
    case 'integer':
      return reader.integer();
    case 'bytes':
      return reader.byteString();
    case 'string':
      try {
        return utf8.decode(reader.byteString());
      } catch (error) {
        if (error instanceof NotAProgram) throw error;
        throw new NotAProgram('a string is not UTF-8');
      }
    case 'unit':
      return undefined;
    case 'boolean':
      return reader.bit() === 1;
    case 'data':
      return readData(reader);
    case 'value':
      return readValue(reader);
    case 'list':
      return listFrom(readMany(reader, () => readContent(reader, type.element)));
    case 'array':
      return readMany(reader, () => readContent(reader, type.element));
    case 'pair': {
      const first = readContent(reader, type.first);
      return [first, readContent(reader, type.second)];
    }
    default:
      throw new NotAProgram(`a constant of type ${type.key} has no flat encoding`);
  }
}

/** Reads one constant with its type. @throws NotAProgram when the bits are none. */
export function readConstant(reader: FlatReader): Constant {
  const type = readType(readTypeTags(reader));
  return constant(type, readContent(reader, type));
}
