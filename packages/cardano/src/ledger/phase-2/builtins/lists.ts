import { CONSTANT, LINEAR_IN_X } from '../costs/shapes.js';
import { arrayOf as arrayType, boolean, constant, integer } from '../machine/constant.js';
import { cons, drop, headOf, itemsOf, tailOf } from '../machine/list.js';
import { anyOf, arrayOf, integerOf, listOf, pairOf } from './arguments.js';
import { type Builtin, BuiltinFailed } from './builtin.js';
import { FROM_ALONZO, FROM_VAN_ROSSEM } from './introduced.js';

function simple(name: string, forces: number, arity: number, run: Builtin['run']): Builtin {
  return { name, forces, arity, introduced: FROM_ALONZO, cpu: CONSTANT, memory: CONSTANT, run };
}

export const FST_PAIR = simple('fstPair', 2, 1, ([of]) => {
  const { type, pair } = pairOf(of);
  return constant(type.first, pair[0]);
});

export const SND_PAIR = simple('sndPair', 2, 1, ([of]) => {
  const { type, pair } = pairOf(of);
  return constant(type.second, pair[1]);
});

export const CHOOSE_LIST = simple('chooseList', 2, 3, ([of, whenEmpty, otherwise]) =>
  anyOf(listOf(of).list.length === 0 ? whenEmpty : otherwise),
);

export const MK_CONS = simple('mkCons', 1, 2, ([head, tail]) => {
  const { type, list } = listOf(tail);
  if (head?.kind !== 'constant' || head.type.key !== type.element.key)
    throw new BuiltinFailed(`expected an element of type ${type.element.key}`);
  return constant(type, cons(head.content, list));
});

export const HEAD_LIST = simple('headList', 1, 1, ([of]) => {
  const { type, list } = listOf(of);
  if (list.length === 0) throw new BuiltinFailed('an empty list has no head');
  return constant(type.element, headOf(list));
});

export const TAIL_LIST = simple('tailList', 1, 1, ([of]) => {
  const { type, list } = listOf(of);
  if (list.length === 0) throw new BuiltinFailed('an empty list has no tail');
  return constant(type, tailOf(list));
});

export const NULL_LIST = simple('nullList', 1, 1, ([of]) => boolean(listOf(of).list.length === 0));

export const DROP_LIST: Builtin = {
  name: 'dropList',
  forces: 1,
  arity: 2,
  introduced: FROM_VAN_ROSSEM,
  cpu: LINEAR_IN_X,
  memory: CONSTANT,
  measures: { 0: 'literal' },
  run: ([count, of]) => {
    const { type, list } = listOf(of);
    return constant(type, drop(list, Math.max(0, Number(integerOf(count)))));
  },
};

function array(name: string, arity: number, run: Builtin['run']): Builtin {
  return { name, forces: 1, arity, introduced: FROM_VAN_ROSSEM, cpu: CONSTANT, memory: CONSTANT, run };
}

export const LENGTH_OF_ARRAY = array('lengthOfArray', 1, ([of]) => integer(BigInt(arrayOf(of).items.length)));

export const LIST_TO_ARRAY: Builtin = {
  ...array('listToArray', 1, ([of]) => {
    const { type, list } = listOf(of);
    return constant(arrayType(type.element), itemsOf(list));
  }),
  cpu: LINEAR_IN_X,
  memory: LINEAR_IN_X,
};

export const INDEX_ARRAY = array('indexArray', 2, ([of, index]) => {
  const { type, items } = arrayOf(of);
  const at = integerOf(index);
  if (at < 0n || at >= BigInt(items.length)) throw new BuiltinFailed('an index is out of bounds');
  return constant(type.element, items[Number(at)]);
});
