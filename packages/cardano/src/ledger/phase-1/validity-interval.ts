import { type LedgerCheck, phase1 } from './outcome.js';

/** The slot lies in `[validityStart, ttl)`. */
export const validityInterval: LedgerCheck = ({ transaction, slot }) => {
  const { validityStart, ttl } = transaction;
  if ((validityStart ?? 0) <= slot && (ttl === undefined || slot < ttl)) return [];
  const interval = `[${validityStart ?? '-∞'}, ${ttl ?? '∞'})`;
  return [
    phase1(
      'OutsideValidityIntervalUTxO',
      `expected slot ${slot} to lie in the validity interval ${interval}`,
    ),
  ];
};
