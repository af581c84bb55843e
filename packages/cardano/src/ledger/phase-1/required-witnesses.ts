import { outRefKey } from '../primitives/out-ref.js';
import { bootstrapRoots } from './bootstrap-witnesses.js';
import { type LedgerFailure, phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** Everybody has signed whose key guards an input or collateral, or is named as a required signer. */
export const requiredWitnesses: Phase1Rule = {
  name: 'everybody has signed who must',
  predicates: ['MissingVKeyWitnessesUTXOW'],
  source: 'Shelley Utxow `validateNeededWitnesses`; Conway `getConwayWitsVKeyNeeded`',
  check({ transaction, spent, collateral, signers }) {
    const failures: LedgerFailure[] = [];
    const needed = new Set(transaction.requiredSigners);
    for (const { output, address } of [...spent, ...collateral]) {
      if (address === undefined) {
        const found = `found ${output.address} on ${outRefKey(output.outRef)}`;
        failures.push(
          phase1('MissingVKeyWitnessesUTXOW', `expected an address whose owner must sign, ${found}`),
        );
      } else if (address.kind === 'byron') needed.add(address.root);
      else if (address.payment.kind === 'key') needed.add(address.payment.hash);
    }
    const roots = bootstrapRoots(transaction);
    for (const hash of needed) {
      if (signers.has(hash) || roots.has(hash)) continue;
      failures.push(phase1('MissingVKeyWitnessesUTXOW', `expected a signature by key ${hash}, found none`));
    }
    return failures;
  },
};
