import { type LedgerCheck, phase1 } from './outcome.js';

/** The transaction's size, without its phase-2 flag, is within the protocol's limit. */
export const transactionSize: LedgerCheck = ({ transaction, parameters }) => {
  const { ledgerSize } = transaction;
  const { maxTransactionBytes } = parameters;
  if (ledgerSize <= maxTransactionBytes) return [];
  return [phase1('MaxTxSizeUTxO', `expected at most ${maxTransactionBytes} bytes, found ${ledgerSize}`)];
};
