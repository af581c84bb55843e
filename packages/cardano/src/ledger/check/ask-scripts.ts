import { judgePhase2, type Phase2Outcome } from '../phase-2/judge-phase-2.js';
import type { Phase2Question } from '../phase-2/question.js';
import { askValidator, type ValidatorQuestion } from './ask-validator.js';
import type { ValidatorOutcome } from './validator.js';

/** What a thread is asked about one transaction that runs scripts. Plain data throughout. */
export type ScriptQuestion = {
  readonly phase2: Phase2Question;
  /** What the validator library is asked about the same transaction. */
  readonly validator: ValidatorQuestion;
};

export type ScriptAnswer = {
  readonly phase2: Phase2Outcome;
  /** What the validator library said. It is asked only about scripts that were seen to end. */
  readonly validated?: ValidatorOutcome | undefined;
};

/**
 * Runs the scripts of a transaction, and asks the validator library for the rest of the ledger's rules. The library runs
 * scripts too, and under no budget: it is asked about those only that are known to end.
 */
export function askScripts({ phase2, validator }: ScriptQuestion): ScriptAnswer {
  const outcome = judgePhase2(phase2);
  return outcome.kind === 'satisfied'
    ? { phase2: outcome, validated: askValidator(validator) }
    : { phase2: outcome };
}
