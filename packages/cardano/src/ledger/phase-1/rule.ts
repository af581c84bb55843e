import type { LedgerFailure } from './outcome.js';
import type { Phase1Facts } from './phase-1-facts.js';

/** A rule of phase 1. */
export type Phase1Rule = {
  readonly name: string;
  /** The ledger's predicates that it stands for; a name of ours where the ledger has none. */
  readonly predicates: readonly string[];
  /** Where the ledger states them: era and module of IntersectMBO/cardano-ledger. */
  readonly source: string;
  /** Every way in which the transaction breaks it. */
  readonly check: (facts: Phase1Facts) => readonly LedgerFailure[];
};
