import { slotAt } from '../../../ledger/network/timeline.js';
import { firstFailure, type LedgerCheck, tellFailure, unknownVersionIn } from '../../ledger-check.js';
import { inputsFault, unspentOutputs } from '../../output-facts.js';
import { STATE_UNAVAILABLE, type TransactionCode } from '../facts/codes.js';
import type { LedgerFacts, OutputsKnown, TransactionKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

/** A transaction as the ledger would be given it. */
function checkOf(facts: LedgerFacts): LedgerCheck {
  const { transaction, network, networkFacts, nowMs, outputs, expectedSigners } = facts;
  const { parameters, timeline } = networkFacts;
  const input = {
    transaction,
    parameters,
    slot: slotAt(timeline, nowMs),
    network,
    outputs: unspentOutputs(outputs),
    ...(expectedSigners === undefined ? {} : { expectedSigners }),
  };
  return { input, timeline };
}

/**
 * What the ledger is asked; undefined where the operator wants a refusal instead. `chain.verification.ledger` is about
 * payments that run no script of ours.
 */
export function ledgerCheck(facts: LedgerFacts): LedgerCheck | undefined {
  return unknownVersionIn(facts.policy, facts.networkFacts) === undefined ? checkOf(facts) : undefined;
}

/** Rules on what the chain holds, for a transaction of a kind. */
export function chainRules<Code extends TransactionCode>(code: Code) {
  return {
    inputsAvailable: defineRule({
      name: 'every input, reference input and collateral input exists and is unspent',
      codes: [code, STATE_UNAVAILABLE],
      source: 'binding: "POST /verify"; ledger: BadInputsUTxO',
      check({ outputs, transaction }: OutputsKnown & TransactionKnown, refuse) {
        const fault = inputsFault(outputs, transaction);
        if (fault === undefined) return PASSED;
        return refuse(fault.kind === 'gone' ? code : STATE_UNAVAILABLE, fault.message);
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
        return refuse(code, `transaction: expected the input ${input} to be free, ${found}`, {
          retryable: true,
        });
      },
    }),
    ledger: defineRule({
      name: 'the complete ledger check accepts, scripts included',
      codes: [code, STATE_UNAVAILABLE],
      source: 'binding: "POST /verify" ("passes the evaluator"); ledger: Conway',
      check(facts: LedgerFacts, refuse) {
        const unknown = unknownVersionIn(facts.policy, facts.networkFacts);
        if (unknown !== undefined) return refuse(STATE_UNAVAILABLE, unknown);
        const failure = firstFailure(facts, () => checkOf(facts));
        return failure === undefined ? PASSED : refuse(code, tellFailure(failure));
      },
    }),
  };
}
