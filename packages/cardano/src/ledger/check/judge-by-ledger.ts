import type { ScriptAnswer } from './ask-scripts.js';
import { checkLedger, unknownInputs } from './check-ledger.js';
import {
  type LedgerCheck,
  type LedgerFailure,
  type LedgerInput,
  type LedgerOutcome,
  outcomeOf,
} from './outcome.js';
import { auxiliaryData } from './rules/auxiliary-data.js';
import { fee } from './rules/fee.js';
import { inputSets } from './rules/input-sets.js';
import { minUtxo } from './rules/min-utxo.js';
import { networkIds } from './rules/network-ids.js';
import { outputSize } from './rules/output-size.js';
import { phase2Flag } from './rules/phase-2-flag.js';
import { referenceScriptSize } from './rules/reference-script-size.js';
import { scripts } from './rules/scripts.js';
import { signatures } from './rules/signatures.js';
import { transactionSize } from './rules/transaction-size.js';
import { validityInterval } from './rules/validity-interval.js';
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

/** What the validator says, and what running the scripts said where that was done. */
function furtherFailures(
  input: LedgerInput,
  { validated, scripts }: { validated?: ValidatorOutcome | undefined; scripts?: ScriptAnswer | undefined },
): readonly LedgerFailure[] {
  const failuresOf = (outcome: LedgerOutcome) => (outcome.kind === 'refused' ? outcome.failures : []);
  if (scripts === undefined) return failuresOf(checkLedger(input, validated));
  const { phase2 } = scripts;
  if (phase2.kind === 'failed') return [{ phase: 2, rule: phase2.rule, message: phase2.message }];
  if (phase2.kind === 'notRun') return [{ phase: 1, rule: phase2.rule, message: phase2.message }];
  // The library's own word on scripts does not count: it knows fewer builtins.
  return failuresOf(checkLedger(input, scripts.validated)).filter(({ phase }) => phase === 1);
}

/**
 * What a Conway node would say about a transaction in this slot: the complete validator, and the rules that it does not
 * keep. Reports every failure that it finds. Never throws.
 *
 * Minting is judged like anything else; withdrawals and certificates are judged against a ledger on which no account,
 * pool or DRep is registered.
 *
 * @param options.skip names of `LEDGER_RULES` that the caller has judged already.
 * @param options.validated what the validator said of `validatorQuestion(input)`, where it was asked elsewhere.
 * @param options.scripts what running the transaction's scripts said; the validator runs them itself otherwise.
 */
export function judgeByLedger(
  input: LedgerInput,
  options: {
    readonly skip?: ReadonlySet<string>;
    readonly validated?: ValidatorOutcome | undefined;
    readonly scripts?: ScriptAnswer | undefined;
  } = {},
): LedgerOutcome {
  const unknown = unknownInputs(input);
  if (unknown.length > 0) return outcomeOf(unknown);
  const rules = LEDGER_RULES.filter(({ name }) => options.skip?.has(name) !== true);
  const failures = rules.flatMap(({ check }) => check(input));
  return outcomeOf([...failures, ...furtherFailures(input, options)]);
}
