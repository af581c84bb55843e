import { ACCEPTED_CASES } from './accepted-cases.js';
import type { Phase1Case } from './case.js';
import { PLUTUS_CASES } from './plutus-cases.js';
import { UTXO_CASES } from './utxo-cases.js';
import { WITNESS_CASES } from './witness-cases.js';

/** What phase 1 must say, each case starting from a payment that is good but for it. */
export const PHASE_1_CASES: readonly Phase1Case[] = [
  ...UTXO_CASES,
  ...WITNESS_CASES,
  ...PLUTUS_CASES,
  ...ACCEPTED_CASES,
];
