import {
  judgePhase1,
  type LedgerFailure,
  type LedgerInput,
  type LedgerOutcome,
  outcomeOf,
} from '../phase-1/index.js';
import { askValidator, phase2Failures, validatorQuestion } from './ask-validator.js';

/** Runs scripts by the validator library, without a budget and on a clock of its own: for the devnet and for tests. */
function scriptFailuresByLibrary(input: LedgerInput): readonly LedgerFailure[] {
  return phase2Failures(askValidator(validatorQuestion(input)));
}

/**
 * What a Conway node would say about a transaction in this slot. As in a node, scripts run only when phase 1 accepts.
 *
 * @param options.skip names of `PHASE_1_RULES` that the caller has judged already.
 * @param options.phase1 what `judgePhase1` said, where it was called before.
 * @param options.runScripts says what is wrong with the scripts; the validator library does when left out.
 */
export function judgeByLedger(
  input: LedgerInput,
  {
    skip,
    phase1 = judgePhase1(input, skip),
    runScripts = scriptFailuresByLibrary,
  }: {
    readonly skip?: ReadonlySet<string>;
    readonly phase1?: readonly LedgerFailure[] | undefined;
    readonly runScripts?: (input: LedgerInput) => readonly LedgerFailure[];
  } = {},
): LedgerOutcome {
  if (phase1.length > 0) return outcomeOf(phase1);
  return outcomeOf(input.transaction.redeemers.length === 0 ? [] : runScripts(input));
}
