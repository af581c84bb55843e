import { checkLedger, unknownInputs } from './check-ledger.js';
import { type LedgerCheck, type LedgerInput, type LedgerOutcome, outcomeOf } from '../phase-1/outcome.js';
import { auxiliaryData } from '../phase-1/auxiliary-data.js';
import { fee } from '../phase-1/fee.js';
import { inputSets } from '../phase-1/input-sets.js';
import { minUtxo } from '../phase-1/min-utxo.js';
import { networkIds } from '../phase-1/network-ids.js';
import { outputSize } from '../phase-1/output-size.js';
import { phase2Flag } from '../phase-1/phase-2-flag.js';
import { referenceScriptSize } from '../phase-1/reference-script-size.js';
import { scripts } from '../phase-1/malformed-scripts.js';
import { signatures } from '../phase-1/signatures.js';
import { transactionSize } from '../phase-1/transaction-size.js';
import { validityInterval } from '../phase-1/validity-interval.js';
import type { ValidatorOutcome } from './validator.js';

/** A rule of the ledger that the validator library does not keep, or not exactly. */
export type LedgerRule = {
  readonly name: string;
  readonly check: LedgerCheck;
};

/** What the ledger demands beyond the validator library, measured on it by this package's tests. */
export const LEDGER_RULES: readonly LedgerRule[] = [
  { name: 'inputs are distinct, and disjoint from reference inputs', check: inputSets },
  { name: 'network ids are this network’s', check: networkIds },
  { name: 'the phase-2 flag is true', check: phase2Flag },
  { name: 'the slot lies in the validity interval', check: validityInterval },
  { name: 'the size is within the limit', check: transactionSize },
  { name: 'the fee covers size, execution and reference scripts', check: fee },
  { name: 'reference scripts are within the limit', check: referenceScriptSize },
  { name: 'signatures are valid', check: signatures },
  { name: 'auxiliary data matches its hash', check: auxiliaryData },
  { name: 'outputs hold min-UTxO', check: minUtxo },
  { name: 'values and addresses are not too large', check: outputSize },
  { name: 'scripts are neither superfluous nor malformed', check: scripts },
];

/**
 * What a Conway node would say about a transaction in this slot: the complete validator, and the rules that it does not
 * keep. Reports every failure that it finds. Never throws.
 *
 * Minting is judged like anything else; withdrawals and certificates are judged against a ledger on which no account,
 * pool or DRep is registered.
 *
 * @param options.skip names of `LEDGER_RULES` that the caller has judged already.
 * @param options.validated what the validator said of `validatorQuestion(input)`, where it was asked elsewhere.
 */
export function judgeByLedger(
  input: LedgerInput,
  options: { readonly skip?: ReadonlySet<string>; readonly validated?: ValidatorOutcome | undefined } = {},
): LedgerOutcome {
  const unknown = unknownInputs(input);
  if (unknown.length > 0) return outcomeOf(unknown);
  const rules = LEDGER_RULES.filter(({ name }) => options.skip?.has(name) !== true);
  const library = checkLedger(input, options.validated);
  const failures = rules.flatMap(({ check }) => check(input));
  return outcomeOf([...failures, ...(library.kind === 'refused' ? library.failures : [])]);
}
