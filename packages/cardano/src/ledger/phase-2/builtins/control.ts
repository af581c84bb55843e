import { CONSTANT } from '../costs/shapes.js';
import { anyOf, booleanOf, opaqueOf, stringOf } from './arguments.js';
import type { Builtin } from './builtin.js';
import { FROM_ALONZO } from './introduced.js';

function choice(name: string, arity: number, run: Builtin['run']): Builtin {
  return { name, forces: 1, arity, introduced: FROM_ALONZO, cpu: CONSTANT, memory: CONSTANT, run };
}

export const IF_THEN_ELSE = choice('ifThenElse', 3, ([condition, yes, no]) =>
  anyOf(booleanOf(condition) ? yes : no),
);

export const CHOOSE_UNIT = choice('chooseUnit', 2, ([unit, then]) => {
  opaqueOf(unit, 'unit');
  return anyOf(then);
});

export const TRACE = choice('trace', 2, ([text, then]) => {
  stringOf(text);
  return anyOf(then);
});
