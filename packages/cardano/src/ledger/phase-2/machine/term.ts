import type { Builtin } from '../builtins/builtin.js';
import type { Constant } from './constant.js';

/** An untyped Plutus Core term; variables by their de Bruijn index, from 1. */
export type Term =
  | Constant
  | { readonly kind: 'variable'; readonly index: number }
  | { readonly kind: 'delay' | 'lambda' | 'force'; readonly body: Term }
  | { readonly kind: 'apply'; readonly left: Term; readonly right: Term }
  | { readonly kind: 'error' }
  | { readonly kind: 'builtin'; readonly builtin: Builtin }
  | { readonly kind: 'constructor'; readonly index: bigint; readonly fields: readonly Term[] }
  | { readonly kind: 'case'; readonly scrutinee: Term; readonly branches: readonly Term[] };

/** A program as the flat encoding has it. */
export type Program = {
  readonly version: readonly [major: bigint, minor: bigint, patch: bigint];
  readonly term: Term;
};
