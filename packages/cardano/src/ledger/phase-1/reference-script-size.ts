import { type LedgerCheck, phase1 } from './outcome.js';
import { referenceScriptBytes } from './fee.js';

/** A constant of Conway's ledger (`maxRefScriptSizePerTx`), not a protocol parameter. */
const MAX_BYTES = 204_800n;

/** The reference scripts on everything that is spent or referenced are within the limit, each counted where it lies. */
export const referenceScriptSize: LedgerCheck = (input) => {
  const bytes = referenceScriptBytes(input);
  if (bytes <= MAX_BYTES) return [];
  const message = `expected at most ${MAX_BYTES} bytes of reference scripts, found ${bytes}`;
  return [phase1('ConwayTxRefScriptsSizeTooBig', message)];
};
