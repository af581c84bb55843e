import { validatorQuestion } from '../../../ledger/check/ask-validator.js';
import { unknownInputs } from '../../../ledger/check/check-ledger.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { LedgerAnswer, LedgerStep, OutputsCheckFacts, OutputsStep, Verdict } from '../../scheme.js';
import type { ChainFacts, PayerKnown } from '../facts/facts.js';
import type { MethodChecksKnown } from '../facts/transfer-method.js';
import { ledgerStage, outputsStage } from '../rules/index.js';
import { ledgerInput, scriptQuestion } from '../rules/ledger.js';
import { sponsorshipOutputsStage } from '../sponsorship/index.js';
import { accepted } from './accepted.js';
import type { CheckedTransaction } from './check-transaction.js';

/** What is left to judge once the chain says what the transaction's outputs hold. */
export function outputsStep(checked: CheckedTransaction, outputs: readonly OutRef[]): OutputsStep {
  return {
    kind: 'outputs',
    needs: { outputs, asset: checked.methodChecks.registryAsset },
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
  return {
    question() {
      if (facts.policy.ledger === 'rules') return undefined;
      const input = ledgerInput(facts);
      if (unknownInputs(input).length > 0) return undefined;
      const scripts = scriptQuestion(facts);
      return scripts === undefined
        ? { kind: 'plain', validator: validatorQuestion(input) }
        : { kind: 'scripts', scripts };
    },
    judge(answer: LedgerAnswer = {}): Verdict {
      const known = ledgerStage.judge({ ...facts, ...answer });
      return known.ok ? ok(accepted(checked, facts.payer)) : known;
    },
  };
}
