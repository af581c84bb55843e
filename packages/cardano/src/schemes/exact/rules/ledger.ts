import { slotAt } from '../../../ledger/network/timeline.js';
import {
  HIGHEST_JUDGED_PROTOCOL_VERSION,
  isUnknownProtocolVersion,
  judgePhase1,
  type LedgerFailure,
  type LedgerInput,
} from '../../../ledger/phase-1/index.js';
import {
  judgePhase2,
  type Phase2Outcome,
  type Phase2Question,
  phase2Question,
  runsPlutus,
} from '../../../ledger/phase-2/index.js';
import { unspentOutputs } from '../../output-facts.js';
import type { ChainFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';
import { JUDGED_BEFORE } from './judged-before.js';

const P = 'invalid_exact_cardano_payload';
const VERSION_UNKNOWN = 'exact_cardano_facilitator_protocol_version_unknown';
const SKIPPED: ReadonlySet<string> = new Set(JUDGED_BEFORE.keys());

/** What phase 1 says of a payment, without what earlier rules have judged. */
export function phase1Of(input: LedgerInput): readonly LedgerFailure[] {
  return judgePhase1(input, SKIPPED);
}

/** A payment as the ledger would be given it. */
export function ledgerInput({
  transaction,
  terms,
  networkFacts,
  nowMs,
  outputs,
  sponsorship,
}: ChainFacts): LedgerInput {
  const { parameters, timeline } = networkFacts;
  return {
    transaction,
    parameters,
    slot: slotAt(timeline, nowMs),
    network: terms.network,
    outputs: unspentOutputs(outputs),
    ...(sponsorship === undefined ? {} : { expectedSigners: [sponsorship.input.changeAddress.payment.hash] }),
  };
}

/** What is to be asked about the scripts of a payment that phase 1 accepts; undefined where it runs none. */
export function scriptQuestion(facts: ChainFacts): Phase2Question | undefined {
  const { timeline } = facts.networkFacts;
  return runsPlutus(facts.transaction) ? phase2Question({ ...ledgerInput(facts), timeline }) : undefined;
}

function ranHere(facts: ChainFacts): Phase2Outcome | undefined {
  const question = scriptQuestion(facts);
  return question && judgePhase2(question);
}

/** What running its scripts says about a payment. */
export function scriptFailures(outcome: Phase2Outcome | undefined): readonly LedgerFailure[] {
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

function isRefusedUnjudged({ policy, networkFacts }: ChainFacts): boolean {
  return policy.unknownProtocolVersion === 'refuse' && isUnknownProtocolVersion(networkFacts.parameters);
}

/** Whether the operator wants the ledger's check of it, and not a refusal instead. */
export function isLedgerAsked(facts: ChainFacts): boolean {
  return facts.policy.ledger === 'full' && !isRefusedUnjudged(facts);
}

export const ledger = defineRule({
  name: 'the complete ledger check accepts',
  codes: [VERSION_UNKNOWN, `${P}_phase1_invalid`, `${P}_phase2_invalid`],
  source: 'scheme: verification rule 6 ("complete ledger phase-1 validator"); ledger: Conway',
  check(facts: ChainFacts, refuse) {
    const { policy, scripts, networkFacts } = facts;
    if (isRefusedUnjudged(facts)) {
      const expected = `a protocol version of at most ${HIGHEST_JUDGED_PROTOCOL_VERSION}, whose rules are known here`;
      const found = networkFacts.parameters.protocolVersion.major;
      return refuse(VERSION_UNKNOWN, `network: expected ${expected}, found ${found}`);
    }
    if (policy.ledger === 'rules') return PASSED;
    const phase1 = facts.phase1 ?? phase1Of(ledgerInput(facts));
    // As in a node, scripts run only when phase 1 accepts.
    const [failure] = phase1.length > 0 ? phase1 : scriptFailures(scripts ?? ranHere(facts));
    if (failure === undefined) return PASSED;
    const code = failure.phase === 1 ? (`${P}_phase1_invalid` as const) : (`${P}_phase2_invalid` as const);
    return refuse(code, `transaction: the ledger refuses it: ${failure.rule}: ${failure.message}`);
  },
});
