import type { LedgerFailure } from '../../../ledger/phase-1/index.js';
import { type Phase2Outcome, runsPlutus } from '../../../ledger/phase-2/index.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { LedgerOpinion, LedgerStep, OutputsCheckFacts, OutputsStep, Verdict } from '../../scheme.js';
import type { ChainFacts, PayerKnown } from '../facts/facts.js';
import type { MethodChecksKnown } from '../facts/transfer-method.js';
import { ledgerStage, outputsStage } from '../rules/index.js';
import { isLedgerAsked, ledgerInput, phase1Of, scriptFailures, scriptQuestion } from '../rules/ledger.js';
import { sponsorshipOutputsStage } from '../sponsorship/index.js';
import { accepted } from './accepted.js';
import type { CheckedTransaction } from './check-transaction.js';

/** The rules that wait for the outputs that the transaction names. */
export function outputsStep(checked: CheckedTransaction, outputs: readonly OutRef[]): OutputsStep {
  return {
    kind: 'outputs',
    needs: {
      outputs,
      asset: checked.methodChecks.registryAsset,
      scripts: checked.policy.ledger !== 'rules' && runsPlutus(checked.transaction),
    },
    check: (facts) => checkOutputs(checked, facts),
  };
}

function checkOutputs(
  checked: CheckedTransaction,
  { outputs, asset: registryAsset, reservedInput, nowMs }: OutputsCheckFacts,
): Result<LedgerStep, Refusal> {
  const known = outputsStage.judge({ ...checked, outputs, registryAsset, reservedInput, nowMs });
  if (!known.ok) return known;
  const { sponsorship } = checked;
  if (sponsorship !== undefined) {
    const sponsored = sponsorshipOutputsStage.judge({ ...known.value, sponsored: sponsorship.input });
    if (!sponsored.ok) return sponsored;
  }
  return ok(ledgerStep(checked, known.value));
}

function ledgerStep(
  checked: CheckedTransaction,
  facts: ChainFacts & PayerKnown & MethodChecksKnown,
): LedgerStep {
  let phase1: readonly LedgerFailure[] | undefined;
  return {
    question() {
      if (!isLedgerAsked(facts)) return undefined;
      phase1 = phase1Of(ledgerInput(facts));
      return phase1.length > 0 ? undefined : scriptQuestion(facts);
    },
    opinion(scripts?: Phase2Outcome): LedgerOpinion | undefined {
      if (!isLedgerAsked(facts)) return undefined;
      const input = ledgerInput(facts);
      const { timeline } = facts.networkFacts;
      const inPhase1 = phase1 ?? phase1Of(input);
      if (inPhase1.length > 0) return { input, timeline, failures: inPhase1 };
      if (scripts === undefined && runsPlutus(facts.transaction)) return undefined;
      return { input, timeline, failures: scriptFailures(scripts) };
    },
    judge(scripts?: Phase2Outcome): Verdict {
      const known = ledgerStage.judge({ ...facts, phase1, scripts });
      return known.ok ? ok(accepted(checked, facts.payer)) : known;
    },
  };
}
