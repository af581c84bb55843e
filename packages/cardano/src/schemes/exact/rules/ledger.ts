import { askScripts, type ScriptQuestion } from '../../../ledger/check/ask-scripts.js';
import { validatorQuestion } from '../../../ledger/check/ask-validator.js';
import { unknownInputs } from '../../../ledger/check/check-ledger.js';
import { judgeByLedger } from '../../../ledger/check/judge-by-ledger.js';
import type { LedgerInput } from '../../../ledger/check/outcome.js';
import { slotAt } from '../../../ledger/network/timeline.js';
import { phase2Question, runsPlutus } from '../../../ledger/phase-2/question.js';
import type { ChainFacts } from '../facts/facts.js';
import { unspentOutputs } from '../facts/output-facts.js';
import { defineRule, PASSED } from '../facts/rule.js';
import { JUDGED_BEFORE } from './judged-before.js';

const P = 'invalid_exact_cardano_payload';
const SKIPPED: ReadonlySet<string> = new Set(JUDGED_BEFORE.keys());

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

/** What is to be asked about a payment that runs scripts; undefined for one that runs none. */
export function scriptQuestion(facts: ChainFacts): ScriptQuestion | undefined {
  const input = ledgerInput(facts);
  if (!runsPlutus(input.transaction) || unknownInputs(input).length > 0) return undefined;
  const { timeline } = facts.networkFacts;
  return { phase2: phase2Question({ ...input, timeline }), validator: validatorQuestion(input) };
}

export const ledger = defineRule({
  name: 'the complete ledger check accepts',
  codes: [`${P}_phase1_invalid`, `${P}_phase2_invalid`],
  source: 'scheme: verification rule 6 ("complete ledger phase-1 validator"); ledger: Conway',
  check(facts: ChainFacts, refuse) {
    if (facts.policy.ledger === 'rules') return PASSED;
    const question = facts.scripts === undefined ? scriptQuestion(facts) : undefined;
    const scripts = facts.scripts ?? (question && askScripts(question));
    const outcome = judgeByLedger(ledgerInput(facts), {
      skip: SKIPPED,
      validated: facts.validated,
      scripts,
    });
    if (outcome.kind === 'accepted') return PASSED;
    // A script that was run and failed says more than what else is wrong; but a phase 1 failure comes first in a node.
    const failure = outcome.failures.find(({ phase }) => phase === 1) ?? outcome.failures[0];
    const code = failure.phase === 1 ? (`${P}_phase1_invalid` as const) : (`${P}_phase2_invalid` as const);
    return refuse(code, `transaction: the ledger refuses it: ${failure.rule}: ${failure.message}`);
  },
});
