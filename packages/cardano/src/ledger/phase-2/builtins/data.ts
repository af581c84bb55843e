import type { PlutusData } from '../../plutus/index.js';
import { CONSTANT, LINEAR_IN_X, MIN_SIZE } from '../costs/shapes.js';
import {
  boolean,
  bytes,
  constant,
  DATA_LIST,
  DATA_PAIR,
  DATA_PAIR_LIST,
  data,
  INTEGER,
  integer,
  pairOf,
} from '../machine/constant.js';
import { EMPTY_LIST, itemsOf, listFrom } from '../machine/list.js';
import { anyOf, bytesOf, dataOf, integerOf, listOf, opaqueOf } from './arguments.js';
import { type Builtin, BuiltinFailed, VAN_ROSSEM } from './builtin.js';
import { equalData, serialiseData } from './data-walks.js';
import { FROM_ALONZO, FROM_VASIL } from './introduced.js';

function simple(name: string, arity: number, run: Builtin['run']): Builtin {
  return { name, forces: 0, arity, introduced: FROM_ALONZO, cpu: CONSTANT, memory: CONSTANT, run };
}

const KINDS = ['constructor', 'map', 'list', 'int', 'bytes'] as const;

export const CHOOSE_DATA: Builtin = {
  ...simple('chooseData', 6, ([of, ...branches]) => anyOf(branches[KINDS.indexOf(dataOf(of).kind)])),
  forces: 1,
};

const MAX_WORD64 = 2n ** 64n - 1n;

export const CONSTR_DATA = simple('constrData', 2, ([number, of], { protocolVersion }) => {
  const index = integerOf(number);
  const { type, list } = listOf(of);
  if (type.key !== DATA_LIST.key) throw new BuiltinFailed('expected a list of data');
  if (protocolVersion >= VAN_ROSSEM && (index < 0n || index > MAX_WORD64))
    throw new BuiltinFailed('the number of a constructor is out of bounds');
  return data({ kind: 'constructor', index, fields: itemsOf(list) as readonly PlutusData[] });
});

export const MAP_DATA = simple('mapData', 1, ([of]) => {
  const { type, list } = listOf(of);
  if (type.key !== DATA_PAIR_LIST.key) throw new BuiltinFailed('expected a list of pairs of data');
  return data({ kind: 'map', entries: itemsOf(list) as readonly (readonly [PlutusData, PlutusData])[] });
});

export const LIST_DATA = simple('listData', 1, ([of]) => {
  const { type, list } = listOf(of);
  if (type.key !== DATA_LIST.key) throw new BuiltinFailed('expected a list of data');
  return data({ kind: 'list', items: itemsOf(list) as readonly PlutusData[] });
});

export const I_DATA = simple('iData', 1, ([of]) => data({ kind: 'int', value: integerOf(of) }));
export const B_DATA = simple('bData', 1, ([of]) => data({ kind: 'bytes', value: bytesOf(of) }));

function expected(kind: PlutusData['kind'], found: PlutusData): BuiltinFailed {
  return new BuiltinFailed(`expected data of kind ${kind}, found ${found.kind}`);
}

const CONSTRUCTOR_PAIR = pairOf(INTEGER, DATA_LIST);

export const UN_CONSTR_DATA = simple('unConstrData', 1, ([of]) => {
  const found = dataOf(of);
  if (found.kind !== 'constructor') throw expected('constructor', found);
  return constant(CONSTRUCTOR_PAIR, [found.index, listFrom(found.fields)]);
});

export const UN_MAP_DATA = simple('unMapData', 1, ([of]) => {
  const found = dataOf(of);
  if (found.kind !== 'map') throw expected('map', found);
  return constant(DATA_PAIR_LIST, listFrom(found.entries));
});

export const UN_LIST_DATA = simple('unListData', 1, ([of]) => {
  const found = dataOf(of);
  if (found.kind !== 'list') throw expected('list', found);
  return constant(DATA_LIST, listFrom(found.items));
});

export const UN_I_DATA = simple('unIData', 1, ([of]) => {
  const found = dataOf(of);
  if (found.kind !== 'int') throw expected('int', found);
  return integer(found.value);
});

export const UN_B_DATA = simple('unBData', 1, ([of]) => {
  const found = dataOf(of);
  if (found.kind !== 'bytes') throw expected('bytes', found);
  return bytes(found.value);
});

export const EQUALS_DATA: Builtin = {
  ...simple('equalsData', 2, ([a, b]) => boolean(equalData(dataOf(a), dataOf(b)))),
  cpu: MIN_SIZE,
};

export const MK_PAIR_DATA = simple('mkPairData', 2, ([first, second]) =>
  constant(DATA_PAIR, [dataOf(first), dataOf(second)]),
);

export const MK_NIL_DATA = simple('mkNilData', 1, ([unit]) => {
  opaqueOf(unit, 'unit');
  return constant(DATA_LIST, EMPTY_LIST);
});

export const MK_NIL_PAIR_DATA = simple('mkNilPairData', 1, ([unit]) => {
  opaqueOf(unit, 'unit');
  return constant(DATA_PAIR_LIST, EMPTY_LIST);
});

export const SERIALISE_DATA: Builtin = {
  ...simple('serialiseData', 1, ([of]) => bytes(serialiseData(dataOf(of)))),
  introduced: FROM_VASIL,
  cpu: LINEAR_IN_X,
  memory: LINEAR_IN_X,
};
