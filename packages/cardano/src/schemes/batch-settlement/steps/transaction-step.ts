import type { FollowedFact } from '../../../ledger/facts/chain-facts.js';
import { namedOutputs } from '../../../ledger/phase-1/index.js';
import { runsPlutus } from '../../../ledger/phase-2/index.js';
import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { Transaction } from '../../../ledger/transaction/transaction.js';
import { ok, type Result } from '../../../result.js';
import { ledgerStep } from '../../ledger-check.js';
import type { Refusal } from '../../refusal.js';
import type { AcceptedPayment, Followed, LedgerStep, OutputsStep, TransactionStep } from '../../scheme.js';
import type { Stage } from '../../stage.js';
import type { LedgerFacts, OutputsKnown } from '../facts/facts.js';
import { ledgerCheck } from '../rules/chain.js';

/** What a transaction is once the rules hold that need no chain: as it is accepted if it was broadcast here, and the next step. */
export type CheckedTransaction = { readonly payment: AcceptedPayment; readonly step: OutputsStep };

/** A transaction with what its kind has to say about it. */
export function transactionStep(
  transaction: Transaction,
  check: () => Result<CheckedTransaction, Refusal>,
): TransactionStep {
  return {
    txHash: transaction.id,
    inputs: transaction.inputs.map(outRefKey),
    verifySignatures: async () => undefined,
    check({ broadcast }) {
      const checked = check();
      if (!checked.ok) return checked;
      const { payment, step } = checked.value;
      // The channel may have moved on since: what was judged then is not judged again.
      return ok(broadcast === undefined ? step : { kind: 'broadcast', payment });
    },
  };
}

/** The step that waits for the chain. */
export function outputsStep(
  transaction: Transaction,
  followed: Followed | undefined,
  check: (facts: OutputsKnown & { readonly followed: FollowedFact }) => Result<LedgerStep, Refusal>,
): OutputsStep {
  const unknown: FollowedFact = { status: 'unknown', reason: 'it was not followed' };
  return {
    kind: 'outputs',
    needs: { outputs: namedOutputs(transaction), followed, scripts: runsPlutus(transaction) },
    check: ({ outputs, followed: fact = unknown, reservedInput, nowMs }) =>
      check({ outputs, followed: fact, reservedInput, nowMs }),
  };
}

/** The step that asks the ledger. */
export function askLedger(
  stage: Stage<LedgerFacts>,
  facts: LedgerFacts,
  accepted: AcceptedPayment,
): LedgerStep {
  return ledgerStep(ledgerCheck(facts), (answers) => {
    const judged = stage.judge({ ...facts, ...answers });
    return judged.ok ? ok(accepted) : judged;
  });
}
