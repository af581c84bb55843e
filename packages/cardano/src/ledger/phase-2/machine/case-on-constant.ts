import { err, ok, type Result } from '../../../result.js';
import { type Constant, constant, type Pair } from './constant.js';
import { headOf, type List, tailOf } from './list.js';
import type { Value } from './value.js';

type Chosen = { readonly branch: number; readonly args: readonly Value[] };

const NO_BRANCH = err('no branch');

/**
 * The branch that a `case` over a constant takes, and what it is applied to (since protocol version 11). Units, booleans,
 * integers, lists and pairs have branches.
 */
export function caseOnConstant({ type, content }: Constant, branches: number): Result<Chosen, string> {
  switch (type.kind) {
    case 'unit':
      return branches === 1 ? ok({ branch: 0, args: [] }) : NO_BRANCH;
    case 'boolean':
      // The branch for true may be left out, and so may neither.
      if (branches > 2) return NO_BRANCH;
      return ok({ branch: content === true ? 1 : 0, args: [] });
    case 'integer': {
      const index = content as bigint;
      return index >= 0n && index < BigInt(branches) ? ok({ branch: Number(index), args: [] }) : NO_BRANCH;
    }
    case 'pair': {
      const [first, second] = content as Pair;
      if (branches !== 1) return NO_BRANCH;
      return ok({ branch: 0, args: [constant(type.first, first), constant(type.second, second)] });
    }
    case 'list': {
      const list = content as List;
      if (branches !== 1 && branches !== 2) return NO_BRANCH;
      if (list.length === 0) return ok({ branch: 1, args: [] });
      return ok({
        branch: 0,
        args: [constant(type.element, headOf(list)), constant(type, tailOf(list))],
      });
    }
    default:
      return NO_BRANCH;
  }
}
