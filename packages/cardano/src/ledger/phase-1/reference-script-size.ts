import { referenceScriptBytes } from './fee.js';
import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** A constant of Conway's ledger (`maxRefScriptSizePerTx`); a protocol parameter from protocol version 12 on. */
const MAX_BYTES = 204_800;

/** The reference scripts on everything that is spent or referenced are within the limit, each counted where it lies. */
export const referenceScriptSize: Phase1Rule = {
  name: 'reference scripts are within the limit',
  predicates: ['ConwayTxRefScriptsSizeTooBig'],
  source: 'Conway Ledger `validateRefScriptSize`',
  check(facts) {
    const max = facts.parameters.maxReferenceScriptBytes ?? MAX_BYTES;
    const bytes = referenceScriptBytes(facts);
    if (bytes <= BigInt(max)) return [];
    const message = `expected at most ${max} bytes of reference scripts, found ${bytes}`;
    return [phase1('ConwayTxRefScriptsSizeTooBig', message)];
  },
};
