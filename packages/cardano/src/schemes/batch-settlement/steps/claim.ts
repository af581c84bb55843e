import { ok } from '../../../result.js';
import type { TransactionStep } from '../../scheme.js';
import type { ClaimKnown, TransactionFacts } from '../facts/facts.js';
import { claimLedgerStage, claimOutputsStage, claimTransactionStage } from '../rules/index.js';
import { acceptedClaim } from './accepted.js';
import { askLedger, outputsStep, transactionStep } from './transaction-step.js';

/** A claim redeems what a seller charged on any number of channels. The seller has signed it. */
export function claimStep(facts: TransactionFacts & ClaimKnown): TransactionStep {
  const { transaction } = facts;
  return transactionStep(transaction, () => {
    const claim = claimTransactionStage.judge(facts);
    if (!claim.ok) return claim;
    const step = outputsStep(transaction, undefined, (chain) => {
      const judged = claimOutputsStage.judge({ ...claim.value, ...chain });
      if (!judged.ok) return judged;
      return ok(askLedger(claimLedgerStage, judged.value, acceptedClaim(facts, judged.value.claimed)));
    });
    return ok({ payment: acceptedClaim(facts, []), step });
  });
}
