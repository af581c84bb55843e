import {
  judgePhase1,
  type LedgerFailure,
  type LedgerInput,
  type LedgerOutcome,
  outcomeOf,
} from '../phase-1/index.js';
import { askValidator, phase2Failures, phase2Question } from './ask-validator.js';
import type { ValidatorOutcome } from './validator.js';

/**
 * What a Conway node would say about a transaction in this slot. As in a node, scripts run only when phase 1 accepts.
 * Never throws.
 *
 * @param options.skip names of `PHASE_1_RULES` that the caller has judged already.
 * @param options.phase1 what `judgePhase1` said, where it was called before.
 * @param options.validated what was said to `phase2Question(input)`, where it was asked elsewhere.
 */
export function judgeByLedger(
  input: LedgerInput,
  {
    skip,
    phase1 = judgePhase1(input, skip),
    validated,
  }: {
    readonly skip?: ReadonlySet<string>;
    readonly phase1?: readonly LedgerFailure[] | undefined;
    readonly validated?: ValidatorOutcome | undefined;
  } = {},
): LedgerOutcome {
  if (phase1.length > 0) return outcomeOf(phase1);
  const question = phase2Question(input);
  return outcomeOf(question === undefined ? [] : phase2Failures(validated ?? askValidator(question)));
}
