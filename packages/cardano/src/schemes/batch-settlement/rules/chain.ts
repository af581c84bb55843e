import { slotAt } from '../../../ledger/network/timeline.js';
import {
  HIGHEST_JUDGED_PROTOCOL_VERSION,
  isUnknownProtocolVersion,
  judgePhase1,
  type LedgerFailure,
  type LedgerInput,
  namedOutputs,
} from '../../../ledger/phase-1/index.js';
import {
  judgePhase2,
  type Phase2Outcome,
  type Phase2Question,
  phase2Question,
  runsPlutus,
} from '../../../ledger/phase-2/index.js';
import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import { factOf, unavailable, unspentOutputs } from '../../output-facts.js';
import { STATE_UNAVAILABLE, type TransactionCode } from '../facts/codes.js';
import type { LedgerFacts, OutputsKnown, TransactionKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

/** A transaction as the ledger would be given it. */
export function ledgerInput(facts: LedgerFacts): LedgerInput {
  const { transaction, network, networkFacts, nowMs, outputs, expectedSigners } = facts;
  return {
    transaction,
    parameters: networkFacts.parameters,
    slot: slotAt(networkFacts.timeline, nowMs),
    network,
    outputs: unspentOutputs(outputs),
    ...(expectedSigners === undefined ? {} : { expectedSigners }),
  };
}

/** What phase 1 says of a transaction. */
export function phase1Of(facts: LedgerFacts): readonly LedgerFailure[] {
  return judgePhase1(ledgerInput(facts));
}

/** What is to be asked about the scripts of a transaction that phase 1 accepts; undefined where it runs none. */
export function scriptQuestion(facts: LedgerFacts): Phase2Question | undefined {
  const { timeline } = facts.networkFacts;
  return runsPlutus(facts.transaction) ? phase2Question({ ...ledgerInput(facts), timeline }) : undefined;
}

/** What running its scripts says about a transaction. */
export function scriptFailures(outcome: Phase2Outcome | undefined): readonly LedgerFailure[] {
  if (outcome === undefined || outcome.kind === 'satisfied') return [];
  const { kind, rule, message } = outcome;
  return [{ phase: kind === 'failed' ? 2 : 1, rule, message }];
}

function isRefusedUnjudged({ policy, networkFacts }: LedgerFacts): boolean {
  return policy.unknownProtocolVersion === 'refuse' && isUnknownProtocolVersion(networkFacts.parameters);
}

/** Whether the ledger's check is asked: `chain.verification.ledger` is about payments that run no script of ours. */
export function isLedgerAsked(facts: LedgerFacts): boolean {
  return !isRefusedUnjudged(facts);
}

function ranHere(facts: LedgerFacts): Phase2Outcome | undefined {
  const question = scriptQuestion(facts);
  return question && judgePhase2(question);
}

/** Rules on what the chain holds, for a transaction of a kind. */
export function chainRules<Code extends TransactionCode>(code: Code) {
  return {
    inputsAvailable: defineRule({
      name: 'every input, reference input and collateral input exists and is unspent',
      codes: [code, STATE_UNAVAILABLE],
      source: 'binding: "POST /verify"; ledger: BadInputsUTxO',
      check({ outputs, transaction }: OutputsKnown & TransactionKnown, refuse) {
        const facts = namedOutputs(transaction).map((ref) => ({
          name: `the input ${outRefKey(ref)}`,
          fact: factOf(outputs, ref),
        }));
        // An input that is known to be gone is a verdict, even when another could not be looked up.
        for (const { name, fact } of facts)
          if (fact.status === 'spent' || fact.status === 'missing')
            return refuse(code, unavailable(name, fact));
        for (const { name, fact } of facts)
          if (fact.status === 'unknown')
            return refuse(STATE_UNAVAILABLE, `could not look up ${name}: ${fact.reason}`);
        return PASSED;
      },
    }),
    inputReserved: defineRule({
      name: 'no input is held by another payment in flight here',
      codes: [code],
      source: 'this deployment: claims (docs/settlement.md)',
      check({ reservedInput, transaction }: OutputsKnown & TransactionKnown, refuse) {
        // A hold never blocks its own transaction.
        if (reservedInput === undefined || reservedInput.heldBy === transaction.id) return PASSED;
        const { input, heldBy } = reservedInput;
        const found = `found it held by the transaction ${heldBy} in flight`;
        return refuse(code, `transaction: expected the input ${input} to be free, ${found}`);
      },
    }),
    ledger: defineRule({
      name: 'the complete ledger check accepts, scripts included',
      codes: [code, STATE_UNAVAILABLE],
      source: 'binding: "POST /verify" ("passes the evaluator"); ledger: Conway',
      check(facts: LedgerFacts, refuse) {
        if (isRefusedUnjudged(facts)) {
          const expected = `a protocol version of at most ${HIGHEST_JUDGED_PROTOCOL_VERSION}, whose rules are known here`;
          const found = facts.networkFacts.parameters.protocolVersion.major;
          return refuse(STATE_UNAVAILABLE, `network: expected ${expected}, found ${found}`);
        }
        const phase1 = facts.phase1 ?? phase1Of(facts);
        // As in a node, scripts run only when phase 1 accepts.
        const [failure] = phase1.length > 0 ? phase1 : scriptFailures(facts.scripts ?? ranHere(facts));
        if (failure === undefined) return PASSED;
        return refuse(code, `transaction: the ledger refuses it: ${failure.rule}: ${failure.message}`);
      },
    }),
  };
}
