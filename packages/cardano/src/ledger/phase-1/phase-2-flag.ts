import { type LedgerCheck, phase1 } from './outcome.js';

/** A transaction that declares its scripts to fail is only there to lose its collateral: nothing here takes one. */
export const phase2Flag: LedgerCheck = ({ transaction }) =>
  transaction.isValid
    ? []
    : [phase1('ValidationTagMismatch', 'expected the phase-2 flag to be true, found false')];
