import type { Rule } from '../../rule.js';
import { bodyConsistency } from './body-consistency.js';
import { decode } from './decode.js';
import { feeMinimum } from './fee.js';
import { networkId } from './network-id.js';
import { phase2Flag } from './phase-2-flag.js';
import { signatures } from './signatures.js';
import { validityInterval } from './validity-interval.js';
import { valueConserved } from './value-conserved.js';

/** Rules of the ledger, by name, that a rule of the scheme judges first: the same check is not run twice. */
export const JUDGED_BEFORE: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['nodes of this protocol version can read it', decode],
  ['inputs are there, distinct, and disjoint from reference inputs', bodyConsistency],
  ['network ids are this network’s', networkId],
  ['the phase-2 flag is true', phase2Flag],
  ['the slot lies in the validity interval', validityInterval],
  ['the size is within the limit', decode],
  ['the fee covers size, execution and reference scripts', feeMinimum],
  ['signatures are valid', signatures],
  ['auxiliary data matches its hash', bodyConsistency],
  ['inputs and mint equal outputs and fee', valueConserved],
]);
