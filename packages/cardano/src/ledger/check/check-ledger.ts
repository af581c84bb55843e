import { outRefKey } from '../primitives/out-ref.js';
import { askValidator, validatorQuestion } from './ask-validator.js';
import { namedOutputs } from '../phase-1/inputs-and-outputs.js';
import { type LedgerFailure, type LedgerInput, type LedgerOutcome, outcomeOf, phase1 } from '../phase-1/outcome.js';
import { bootstrapRoots } from '../phase-1/bootstrap-witnesses.js';
import type { ValidatorOutcome } from './validator.js';
import { phase1Findings, phase2Findings, warningFindings } from './validator-findings.js';

/** Inputs without a known output. The library throws on them, so that they are told apart before. */
export function unknownInputs({ transaction, outputs }: LedgerInput): LedgerFailure[] {
  const missing = namedOutputs(transaction)
    .map(outRefKey)
    .filter((key) => !outputs.has(key));
  return missing.map((key) => phase1('BadInputsUTxO', `expected ${key} to be an unspent output, found none`));
}

/**
 * Judges a transaction by the complete Conway validator (phases 1 and 2) alone. It has known holes, which
 * `judgeByLedger` closes. Never throws: a transaction that the validator fails on is refused.
 *
 * @param validated what the validator said of `validatorQuestion(input)`, where it was asked elsewhere.
 */
export function checkLedger(input: LedgerInput, validated?: ValidatorOutcome): LedgerOutcome {
  const unknown = unknownInputs(input);
  if (unknown.length > 0) return outcomeOf(unknown);
  const { transaction } = input;
  const outcome = validated ?? askValidator(validatorQuestion(input));
  if (outcome.kind === 'failed') {
    return outcomeOf([phase1('ValidatorFailed', `the ledger validator cannot judge it: ${outcome.message}`)]);
  }
  const signers = new Set([...bootstrapRoots(transaction), ...(input.expectedSigners ?? [])]);
  const context = { hasRedeemers: transaction.redeemers.length > 0, signers };
  return outcomeOf([
    ...phase1Findings(outcome.errors, context),
    ...warningFindings(outcome.warnings),
    ...phase2Findings(outcome.phase2Errors),
  ]);
}
