import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** A transaction that declares its scripts to fail is only there to lose its collateral: nothing here takes one. */
export const phase2Flag: Phase1Rule = {
  name: 'the phase-2 flag is true',
  predicates: ['ValidationTagMismatch'],
  source: 'ours: a node takes such a transaction when its scripts fail',
  check: ({ transaction }) =>
    transaction.isValid
      ? []
      : [phase1('ValidationTagMismatch', 'expected the phase-2 flag to be true, found false')],
};
