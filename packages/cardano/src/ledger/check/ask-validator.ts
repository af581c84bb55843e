import { type LedgerFailure, type LedgerInput, namedOutputs, resolve } from '../phase-1/index.js';
import { toHex } from '../primitives/hex.js';
import { runValidator, type ValidatorOutcome } from './validator.js';
import { validatorContext } from './validator-context.js';

/** What the validator library is asked about one transaction. Plain text throughout, so that any thread can be asked. */
export type ValidatorQuestion = {
  /** The transaction's bytes. */
  readonly transactionHex: string;
  /** The library's `ValidationInputContext` as JSON. */
  readonly context: string;
};

/** What the library is to be asked about a transaction. */
export function validatorQuestion(input: LedgerInput): ValidatorQuestion {
  const { transaction, outputs } = input;
  return {
    transactionHex: toHex(transaction.bytes),
    context: validatorContext(input, resolve(namedOutputs(transaction), outputs)),
  };
}

/** Asks the validator library, in this thread. Never throws: whatever the library does is an outcome. */
export function askValidator({ transactionHex, context }: ValidatorQuestion): ValidatorOutcome {
  return runValidator(transactionHex, context);
}

/** What an answer says about the scripts; what it says about phase 1 is judged by `judgePhase1`. */
export function phase2Failures(answer: ValidatorOutcome): readonly LedgerFailure[] {
  if (answer.kind === 'failed') {
    const message = `the ledger validator cannot judge it: ${answer.message}`;
    return [{ phase: 1, rule: 'ValidatorFailed', message }];
  }
  return answer.phase2Errors.map(({ error, error_message }) => ({
    phase: 2,
    rule: typeof error === 'string' ? error : (Object.keys(error)[0] ?? 'UnknownError'),
    message: error_message,
  }));
}
