import { toHex } from '../primitives/hex.js';
import { outRefKey } from '../primitives/out-ref.js';
import { namedOutputs, resolve } from './inputs-and-outputs.js';
import { type LedgerFailure, type LedgerInput, type LedgerOutcome, outcomeOf, phase1 } from './outcome.js';
import { readableForm } from './readable-form.js';
import { bootstrapRoots } from './rules/bootstrap-witnesses.js';
import { runValidator, type ValidatorOutcome } from './validator.js';
import { validatorContext } from './validator-context.js';
import { phase1Findings, phase2Findings, warningFindings } from './validator-findings.js';

/** Inputs without a known output. The library throws on them, so that they are told apart before. */
export function unknownInputs({ transaction, outputs }: LedgerInput): LedgerFailure[] {
  const missing = namedOutputs(transaction)
    .map(outRefKey)
    .filter((key) => !outputs.has(key));
  return missing.map((key) => phase1('BadInputsUTxO', `expected ${key} to be an unspent output, found none`));
}

function judge(input: LedgerInput): ValidatorOutcome {
  const { transaction, outputs } = input;
  const context = validatorContext(input, resolve(namedOutputs(transaction), outputs));
  const outcome = runValidator(toHex(transaction.bytes), context);
  // The library cannot read every encoding that a node reads. Scripts see the transaction's id, which another encoding
  // changes: a transaction that runs some is judged as it is or not at all.
  if (outcome.kind === 'judged' || transaction.redeemers.length > 0) return outcome;
  const readable = readableForm(transaction);
  return readable === undefined ? outcome : runValidator(toHex(readable), context);
}

/**
 * Judges a transaction by the complete Conway validator (phases 1 and 2) alone. It has known holes, which
 * `judgeByLedger` closes. Never throws: a transaction that the validator fails on is refused.
 */
export function checkLedger(input: LedgerInput): LedgerOutcome {
  const unknown = unknownInputs(input);
  if (unknown.length > 0) return outcomeOf(unknown);
  const { transaction } = input;
  const outcome = judge(input);
  if (outcome.kind === 'failed') {
    return outcomeOf([phase1('ValidatorFailed', `the ledger validator cannot judge it: ${outcome.message}`)]);
  }
  const context = { hasRedeemers: transaction.redeemers.length > 0, roots: bootstrapRoots(transaction) };
  return outcomeOf([
    ...phase1Findings(outcome.errors, context),
    ...warningFindings(outcome.warnings),
    ...phase2Findings(outcome.phase2Errors),
  ]);
}
