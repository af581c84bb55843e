import { validatorQuestion } from '../../../ledger/check/ask-validator.js';
import { unknownInputs } from '../../../ledger/check/check-ledger.js';
import type { ValidatorOutcome } from '../../../ledger/check/index.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { LedgerStep, OutputsCheckFacts, OutputsStep, Verdict } from '../../scheme.js';
import type { ChainFacts, PayerKnown } from '../facts/facts.js';
import type { MethodChecksKnown } from '../facts/transfer-method.js';
import { ledgerStage, outputsStage } from '../rules/index.js';
import { ledgerInput } from '../rules/ledger.js';
import { sponsorshipOutputsStage } from '../sponsorship/index.js';
import { accepted } from './accepted.js';
import type { CheckedTransaction } from './check-transaction.js';

/** The rules that wait for the outputs that the transaction names. */
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
      return unknownInputs(input).length > 0 ? undefined : validatorQuestion(input);
    },
    judge(validated?: ValidatorOutcome): Verdict {
      const known = ledgerStage.judge({ ...facts, validated });
      return known.ok ? ok(accepted(checked, facts.payer)) : known;
    },
  };
}
