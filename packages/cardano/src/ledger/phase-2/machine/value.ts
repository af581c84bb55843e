import type { Builtin } from '../builtins/builtin.js';
import type { Constant } from './constant.js';
import type { Environment } from './environment.js';
import type { Term } from './term.js';

/** What a term comes to. */
export type Value =
  | Constant
  | { readonly kind: 'delay' | 'lambda'; readonly body: Term; readonly environment: Environment }
  | {
      readonly kind: 'builtin';
      readonly builtin: Builtin;
      readonly forces: number;
      readonly args: readonly Value[];
    }
  | { readonly kind: 'constructor'; readonly index: bigint; readonly fields: readonly Value[] };
