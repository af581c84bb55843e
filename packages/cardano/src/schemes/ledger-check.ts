import type { NetworkFacts } from '../ledger/facts/chain-facts.js';
import type { Timeline } from '../ledger/network/timeline.js';
import {
  HIGHEST_JUDGED_PROTOCOL_VERSION,
  isUnknownProtocolVersion,
  judgePhase1,
  type LedgerFailure,
  type LedgerInput,
} from '../ledger/phase-1/index.js';
import {
  judgePhase2,
  type Phase2Outcome,
  type Phase2Question,
  phase2Question,
  runsPlutus,
} from '../ledger/phase-2/index.js';
import type { Transaction } from '../ledger/transaction/transaction.js';
import type { VerificationPolicy } from './policy.js';
import type { LedgerStep, Verdict } from './scheme.js';

/** What the ledger's complete check of a transaction is given. */
export type LedgerCheck = {
  readonly input: LedgerInput;
  readonly timeline: Timeline;
  /** Rules of the ledger that the scheme's own rules have judged before, by name. */
  readonly judgedBefore?: ReadonlySet<string>;
};

/** What of it was judged elsewhere, or earlier. */
export type LedgerAnswers = {
  readonly phase1?: readonly LedgerFailure[] | undefined;
  readonly scripts?: Phase2Outcome | undefined;
};

/** Why the ledger is not asked and the payment is refused: the operator wants no judgement by rules that are not known. */
export function unknownVersionIn(
  { unknownProtocolVersion }: Pick<VerificationPolicy, 'unknownProtocolVersion'>,
  { parameters }: NetworkFacts,
): string | undefined {
  if (unknownProtocolVersion !== 'refuse' || !isUnknownProtocolVersion(parameters)) return undefined;
  const expected = `a protocol version of at most ${HIGHEST_JUDGED_PROTOCOL_VERSION}, whose rules are known here`;
  return `network: expected ${expected}, found ${parameters.protocolVersion.major}`;
}

/**
 * The first thing that the ledger has against a transaction. As in a node, scripts run only when phase 1 accepts.
 *
 * @param check is made only where something is left to judge: a payment without scripts has mostly been judged before.
 */
export function firstFailure(
  { transaction, phase1, scripts }: LedgerAnswers & { readonly transaction: Transaction },
  check: () => LedgerCheck,
): LedgerFailure | undefined {
  const [inPhase1] = phase1 ?? phase1Of(check());
  if (inPhase1 !== undefined) return inPhase1;
  const outcome = scripts ?? (runsPlutus(transaction) ? ranHere(check()) : undefined);
  return scriptFailures(outcome)[0];
}

/** How a message tells it. */
export function tellFailure({ rule, message }: LedgerFailure): string {
  return `transaction: the ledger refuses it: ${rule}: ${message}`;
}

/**
 * The step that asks the ledger.
 *
 * @param check undefined where the policy does not ask it.
 * @param judge the scheme's verdict on what the ledger answered.
 */
export function ledgerStep(
  check: LedgerCheck | undefined,
  judge: (answers: LedgerAnswers) => Verdict,
): LedgerStep {
  let phase1: readonly LedgerFailure[] | undefined;
  return {
    question() {
      if (check === undefined) return undefined;
      phase1 = phase1Of(check);
      return phase1.length > 0 ? undefined : scriptQuestion(check);
    },
    opinion(scripts) {
      if (check === undefined) return undefined;
      const { input, timeline } = check;
      const inPhase1 = phase1 ?? phase1Of(check);
      if (inPhase1.length > 0) return { input, timeline, failures: inPhase1 };
      if (scripts === undefined && runsPlutus(input.transaction)) return undefined;
      return { input, timeline, failures: scriptFailures(scripts) };
    },
    judge: (scripts) => judge({ phase1, scripts }),
  };
}

function phase1Of({ input, judgedBefore }: LedgerCheck): readonly LedgerFailure[] {
  return judgePhase1(input, judgedBefore);
}

/** What is to be asked about the scripts of a transaction that phase 1 accepts; undefined where it runs none. */
function scriptQuestion({ input, timeline }: LedgerCheck): Phase2Question | undefined {
  return runsPlutus(input.transaction) ? phase2Question({ ...input, timeline }) : undefined;
}

function ranHere(check: LedgerCheck): Phase2Outcome | undefined {
  const question = scriptQuestion(check);
  return question && judgePhase2(question);
}

/** What running its scripts says about a transaction. */
function scriptFailures(outcome: Phase2Outcome | undefined): readonly LedgerFailure[] {
  switch (outcome?.kind) {
    case undefined:
    case 'satisfied':
      return [];
    case 'notRun':
      return [{ phase: 1, rule: outcome.rule, message: outcome.message }];
    case 'failed':
      return [{ phase: 2, rule: outcome.rule, message: outcome.message }];
  }
}
