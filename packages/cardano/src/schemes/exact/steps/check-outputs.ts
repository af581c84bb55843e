import { runsPlutus } from '../../../ledger/phase-2/index.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import { ok, type Result } from '../../../result.js';
import { ledgerStep } from '../../ledger-check.js';
import type { Refusal } from '../../refusal.js';
import type { LedgerStep, OutputsCheckFacts, OutputsStep } from '../../scheme.js';
import { feeSponsorOutputsStage } from '../fee-sponsor/index.js';
import { ledgerStage, outputsStage } from '../rules/index.js';
import { ledgerCheck } from '../rules/ledger.js';
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
  const { sponsorship, spentOffer: offer } = checked;
  if (offer !== undefined) {
    const offered = feeSponsorOutputsStage.judge({ ...known.value, offer });
    if (!offered.ok) return offered;
  }
  if (sponsorship !== undefined) {
    const sponsored = sponsorshipOutputsStage.judge({ ...known.value, sponsored: sponsorship.input });
    if (!sponsored.ok) return sponsored;
  }
  const facts = known.value;
  return ok(
    ledgerStep(ledgerCheck(facts), (answers) => {
      const judged = ledgerStage.judge({ ...facts, ...answers });
      return judged.ok ? ok(accepted(checked, facts.payer)) : judged;
    }),
  );
}
