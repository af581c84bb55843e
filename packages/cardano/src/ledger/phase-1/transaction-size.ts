import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** The transaction's size, without its phase-2 flag, is within the protocol's limit. */
export const transactionSize: Phase1Rule = {
  name: 'the size is within the limit',
  predicates: ['MaxTxSizeUTxO'],
  source: 'Shelley Utxo `validateMaxTxSizeUTxO`; Alonzo Tx `sizeTxF`',
  check({ transaction: { ledgerSize }, parameters: { maxTransactionBytes } }) {
    if (ledgerSize <= maxTransactionBytes) return [];
    return [phase1('MaxTxSizeUTxO', `expected at most ${maxTransactionBytes} bytes, found ${ledgerSize}`)];
  },
};
