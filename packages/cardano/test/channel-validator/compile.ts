import { flatProgram, type Term } from '../support/flat.js';
import { call, t } from '../support/terms.js';
import { type Expression, readExpressions } from './read.js';

/** The builtins that a program may call: their number in the flat encoding, and how often they are forced. */
const BUILTINS: Readonly<Record<string, readonly [number: number, forces: number]>> = {
  addInteger: [0, 0],
  subtractInteger: [1, 0],
  equalsInteger: [7, 0],
  lessThanInteger: [8, 0],
  lessThanEqualsInteger: [9, 0],
  verifyEd25519Signature: [21, 0],
  fstPair: [29, 2],
  sndPair: [30, 2],
  mkCons: [32, 1],
  headList: [33, 1],
  tailList: [34, 1],
  nullList: [35, 1],
  constrData: [37, 0],
  listData: [39, 0],
  bData: [41, 0],
  unConstrData: [42, 0],
  unMapData: [43, 0],
  unListData: [44, 0],
  unIData: [45, 0],
  unBData: [46, 0],
  equalsData: [47, 0],
  mkNilData: [49, 0],
  serialiseData: [51, 0],
};

const IF_THEN_ELSE = 26;

/** The names in reach, the nearest first: a variable is its place here, from 1. */
type Scope = readonly string[];

function nameOf(expression: Expression | undefined): string {
  if (typeof expression !== 'string')
    throw new SyntaxError(`expected a name, found ${JSON.stringify(expression)}`);
  return expression;
}

function listOf(expression: Expression | undefined): readonly Expression[] {
  if (!Array.isArray(expression))
    throw new SyntaxError(`expected a list, found ${JSON.stringify(expression)}`);
  return expression;
}

function atom(name: string, scope: Scope): Term {
  if (/^-?[0-9]+$/.test(name)) return t.integer(BigInt(name));
  if (name.startsWith('#')) return t.bytes(name.slice(1));
  if (name === 'true' || name === 'false') return t.boolean(name === 'true');
  if (name === 'unit') return t.unit;
  const place = scope.indexOf(name);
  if (place >= 0) return t.variable(place + 1);
  const builtin = BUILTINS[name];
  if (builtin === undefined) throw new SyntaxError(`${name} is not defined`);
  return call(...builtin);
}

function branch(condition: Term, then: Term, otherwise: Term): Term {
  return t.force(call(IF_THEN_ELSE, 1, condition, t.delay(then), t.delay(otherwise)));
}

/** `(lambda (a b) body)`: one function in another. */
function lambda(names: readonly string[], body: readonly Expression[], scope: Scope): Term {
  const [name, ...rest] = names;
  if (name === undefined) return block(body, scope);
  return t.lambda(lambda(rest, body, [name, ...scope]));
}

function bind(name: string, value: Term, body: (scope: Scope) => Term, scope: Scope): Term {
  return t.apply(t.lambda(body([name, ...scope])), value);
}

function bindAll(bindings: readonly Expression[], body: readonly Expression[], scope: Scope): Term {
  const [first, ...rest] = bindings;
  if (first === undefined) return block(body, scope);
  const [name, value] = listOf(first);
  return bind(nameOf(name), term(value, scope), (inner) => bindAll(rest, body, inner), scope);
}

/**
 * A function that calls itself: it is given itself, and each call of it gives it itself again. Its own name stands for that
 * application, so the name is bound once more inside.
 */
function recursive(name: string, names: readonly string[], body: readonly Expression[], scope: Scope): Term {
  const self = `${name} itself`;
  const again = (inner: Scope) => t.apply(atom(self, inner), atom(self, inner));
  const inner: Scope = [self, ...scope];
  // The application must not run before the function is called: it waits behind the first argument.
  const [first, ...others] = names;
  if (first === undefined) throw new SyntaxError(`expected ${name} to take an argument`);
  const called = t.lambda(
    bind(name, again([first, ...inner]), (known) => lambda(others, body, known), [first, ...inner]),
  );
  return t.apply(t.lambda(t.apply(t.variable(1), t.variable(1))), t.lambda(called));
}

function form(head: string, args: readonly Expression[], scope: Scope): Term | undefined {
  const at = (index: number) => term(args[index], scope);
  switch (head) {
    case 'if':
      return branch(at(0), at(1), at(2));
    case 'must':
      return branch(at(0), at(1), t.error);
    case 'and':
      return args.length === 1
        ? at(0)
        : branch(at(0), term(['and', ...args.slice(1)], scope), t.boolean(false));
    case 'or':
      return args.length === 1
        ? at(0)
        : branch(at(0), t.boolean(true), term(['or', ...args.slice(1)], scope));
    case 'let':
      return bindAll(listOf(args[0]), args.slice(1), scope);
    case 'lambda':
      return lambda(listOf(args[0]).map(nameOf), args.slice(1), scope);
    default:
      return undefined;
  }
}

function term(expression: Expression | undefined, scope: Scope): Term {
  if (expression === undefined) throw new SyntaxError('expected an expression, found nothing');
  if (typeof expression === 'string') return atom(expression, scope);
  const [head, ...args] = expression;
  const special = typeof head === 'string' && !scope.includes(head) ? form(head, args, scope) : undefined;
  return special ?? t.apply(term(head, scope), ...args.map((arg) => term(arg, scope)));
}

/** Definitions, each known to those behind it, and the expression at the end. */
function block(expressions: readonly Expression[], scope: Scope): Term {
  const [first, ...rest] = expressions;
  if (rest.length === 0) return term(first, scope);
  const [keyword, signature, ...body] = listOf(first);
  const [name = '', ...names] = listOf(signature).map(nameOf);
  if (keyword !== 'define' && keyword !== 'define-rec')
    throw new SyntaxError(`expected a definition, found ${JSON.stringify(keyword)}`);
  const value = keyword === 'define' ? lambda(names, body, scope) : recursive(name, names, body, scope);
  return bind(name, value, (inner) => block(rest, inner), scope);
}

/** Compiles a program of definitions to the flat encoding of a Plutus program of version 1.1.0. */
export function compile(source: string): Uint8Array {
  return flatProgram(block(readExpressions(source), []));
}
