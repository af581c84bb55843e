import type { FollowedFact } from '../../../ledger/facts/chain-facts.js';
import { namedOutputs } from '../../../ledger/phase-1/index.js';
import type { LedgerFailure } from '../../../ledger/phase-1/outcome.js';
import { type Phase2Outcome, type Phase2Question, runsPlutus } from '../../../ledger/phase-2/index.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import { type OutRefKey, outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { TxHash } from '../../../ledger/primitives/tx-hash.js';
import type { Transaction } from '../../../ledger/transaction/transaction.js';
import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { Followed, LedgerOpinion, OutputsCheckFacts } from '../../scheme.js';
import type { Stage } from '../../stage.js';
import type { LedgerFacts, OutputsKnown } from '../facts/facts.js';
import { isLedgerAsked, ledgerInput, phase1Of, scriptFailures, scriptQuestion } from '../rules/chain.js';
import type { AcceptedTransaction } from './accepted.js';

/** A transaction of channels that no rule on its content has judged yet. */
export type ChannelTransactionStep = {
  readonly txHash: TxHash;
  readonly inputs: readonly OutRefKey[];
  /** Judges all that can be judged without the chain. */
  check(): Result<ChannelOutputsStep, Refusal>;
};

/** A transaction of channels whose rules all hold, but for those that need the chain. */
export type ChannelOutputsStep = {
  readonly kind: 'outputs';
  readonly needs: {
    readonly outputs: readonly OutRef[];
    readonly followed: Followed | undefined;
    readonly scripts: boolean;
  };
  check(facts: Omit<OutputsCheckFacts, 'asset'>): Result<ChannelLedgerStep, Refusal>;
};

/** A transaction of channels that the ledger has yet to judge. */
export type ChannelLedgerStep = {
  question(): Phase2Question | undefined;
  judge(answer?: Phase2Outcome): Result<AcceptedTransaction, Refusal>;
  opinion(answer?: Phase2Outcome): LedgerOpinion | undefined;
};

/** A transaction with what its kind has to say about it. */
export function transactionStep(
  transaction: Transaction,
  check: ChannelTransactionStep['check'],
): ChannelTransactionStep {
  return { txHash: transaction.id, inputs: transaction.inputs.map(outRefKey), check };
}

/** The step that waits for the chain. */
export function outputsStep(
  transaction: Transaction,
  followed: Followed | undefined,
  check: (facts: OutputsKnown & { readonly followed: FollowedFact }) => Result<ChannelLedgerStep, Refusal>,
): ChannelOutputsStep {
  const unknown: FollowedFact = { status: 'unknown', reason: 'it was not followed' };
  return {
    kind: 'outputs',
    needs: { outputs: namedOutputs(transaction), followed, scripts: runsPlutus(transaction) },
    check: ({ outputs, followed: fact = unknown, reservedInput, nowMs }) =>
      check({ outputs, followed: fact, reservedInput, nowMs }),
  };
}

/** The step that asks the ledger. */
export function ledgerStep(
  stage: Stage<LedgerFacts>,
  facts: LedgerFacts,
  accepted: () => AcceptedTransaction,
): ChannelLedgerStep {
  let phase1: readonly LedgerFailure[] | undefined;
  return {
    question() {
      if (!isLedgerAsked(facts)) return undefined;
      phase1 = phase1Of(facts);
      return phase1.length > 0 ? undefined : scriptQuestion(facts);
    },
    opinion(scripts?: Phase2Outcome): LedgerOpinion | undefined {
      if (!isLedgerAsked(facts)) return undefined;
      const input = ledgerInput(facts);
      const { timeline } = facts.networkFacts;
      const inPhase1 = phase1 ?? phase1Of(facts);
      if (inPhase1.length > 0) return { input, timeline, failures: inPhase1 };
      if (scripts === undefined && runsPlutus(facts.transaction)) return undefined;
      return { input, timeline, failures: scriptFailures(scripts) };
    },
    judge(scripts?: Phase2Outcome) {
      const judged = stage.judge({ ...facts, phase1, scripts });
      return judged.ok ? ok(accepted()) : judged;
    },
  };
}
