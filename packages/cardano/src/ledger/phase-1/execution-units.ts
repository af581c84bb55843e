import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** All redeemers together ask for no more than the protocol gives to one transaction. */
export const executionUnits: Phase1Rule = {
  name: 'execution units are within the limit',
  predicates: ['ExUnitsTooBigUTxO'],
  source: 'Alonzo Utxo `validateExUnitsTooBigUTxO`',
  check({ transaction, parameters: { maxTransactionExecutionUnits: max } }) {
    let memory = 0n;
    let steps = 0n;
    for (const { budget } of transaction.redeemers) {
      memory += budget.memory;
      steps += budget.steps;
    }
    if (memory <= max.memory && steps <= max.steps) return [];
    const message = `expected at most ${max.memory} memory and ${max.steps} steps, found ${memory} and ${steps}`;
    return [phase1('ExUnitsTooBigUTxO', message)];
  },
};
