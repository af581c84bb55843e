import type { Transaction } from '../../../../ledger/transaction/transaction.js';
import { defineRule, PASSED } from '../../facts/rule.js';
import type { SponsoredInputKnown, SponsorshipTransactionFacts } from './facts.js';

const CODE = 'invalid_exact_cardano_payload_sponsorship_not_plain';

/** Fields that a payment does not need, by ledger name; another rule refuses mint, certificates and the like. */
function surplus(transaction: Transaction): readonly string[] {
  const found: Readonly<Record<string, boolean>> = {
    collateral_inputs: transaction.collateralInputs.length > 0,
    collateral_return: transaction.collateralReturn !== undefined,
    total_collateral: transaction.totalCollateral !== undefined,
    required_signers: transaction.requiredSigners.length > 0,
    reference_inputs: transaction.referenceInputs.length > 0,
    script_data_hash: transaction.scriptDataHash !== undefined,
    scripts: transaction.hasScriptWitnesses,
    auxiliary_data:
      transaction.auxiliaryDataHash !== undefined || transaction.auxiliaryDataBytes !== undefined,
  };
  return Object.keys(found).filter((name) => found[name]);
}

export const plain = defineRule({
  name: 'the transaction is inputs, outputs, a fee and a validity interval, and pays someone else',
  codes: [CODE],
  source:
    'our signature covers the whole body: no collateral that could be taken, no signer or script that could use it elsewhere, no metadata that would look like a statement of ours',
  check({ transaction, payTo, sponsored }: SponsorshipTransactionFacts & SponsoredInputKnown, refuse) {
    const found = surplus(transaction);
    if (found.length > 0)
      return refuse(CODE, `transaction: expected a plain payment, found ${found.join(', ')}`);
    if (payTo.payment.hash !== sponsored.changeAddress.payment.hash) return PASSED;
    return refuse(CODE, 'paymentRequirements.payTo: expected another wallet than the facilitator’s own');
  },
});
