import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** The slot lies in `[validityStart, ttl)`. */
export const validityInterval: Phase1Rule = {
  name: 'the slot lies in the validity interval',
  predicates: ['OutsideValidityIntervalUTxO'],
  source: 'Allegra Utxo `validateOutsideValidityIntervalUTxO`',
  check({ transaction: { validityStart, ttl }, slot }) {
    if ((validityStart ?? 0) <= slot && (ttl === undefined || slot < ttl)) return [];
    const interval = `[${validityStart ?? '-∞'}, ${ttl ?? '∞'})`;
    const message = `expected slot ${slot} to lie in the validity interval ${interval}`;
    return [phase1('OutsideValidityIntervalUTxO', message)];
  },
};
