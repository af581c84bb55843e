import type { Term } from './flat.js';

/** Terms, short enough to write scripts with. */
export const t = {
  integer: (value: bigint | number): Term => ({
    kind: 'constant',
    constant: { type: 'integer', value: BigInt(value) },
  }),
  bytes: (hex: string): Term => ({
    kind: 'constant',
    constant: { type: 'bytes', value: new Uint8Array(Buffer.from(hex, 'hex')) },
  }),
  data: (hex: string): Term => ({
    kind: 'constant',
    constant: { type: 'data', value: new Uint8Array(Buffer.from(hex, 'hex')) },
  }),
  string: (text: string): Term => ({
    kind: 'constant',
    constant: { type: 'string', value: new TextEncoder().encode(text) },
  }),
  boolean: (value: boolean): Term => ({ kind: 'constant', constant: { type: 'boolean', value } }),
  unit: { kind: 'constant', constant: { type: 'unit' } } as Term,
  integers: (...items: readonly (bigint | number)[]): Term => ({
    kind: 'constant',
    constant: { type: 'list of integers', items: items.map(BigInt) },
  }),
  variable: (index: number): Term => ({ kind: 'variable', index: BigInt(index) }),
  lambda: (body: Term): Term => ({ kind: 'lambda', body }),
  delay: (body: Term): Term => ({ kind: 'delay', body }),
  force: (body: Term): Term => ({ kind: 'force', body }),
  error: { kind: 'error' } as Term,
  apply: (...terms: readonly [Term, ...Term[]]): Term =>
    terms.reduce((left, right) => ({ kind: 'apply', left, right })),
  constructor: (index: number, ...fields: readonly Term[]): Term => ({
    kind: 'constructor',
    index: BigInt(index),
    fields,
  }),
  match: (scrutinee: Term, ...branches: readonly Term[]): Term => ({ kind: 'case', scrutinee, branches }),
} as const;

const { apply, force } = t;

/** A builtin by its number, forced as often as it needs, applied to arguments. */
export function call(number: number, forces: number, ...args: readonly Term[]): Term {
  let builtin: Term = { kind: 'builtin', number };
  for (let count = 0; count < forces; count += 1) builtin = force(builtin);
  return apply(builtin, ...args);
}

/** Runs a term for its cost and comes to the unit constant, whatever the term comes to. */
export function andThenUnit(term: Term): Term {
  return apply(t.lambda(t.unit), term);
}

/** `(λx. x x) (λx. x x)`, which never ends. */
export const LOOP: Term = apply(
  t.lambda(apply(t.variable(1), t.variable(1))),
  t.lambda(apply(t.variable(1), t.variable(1))),
);
