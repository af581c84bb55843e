import { auxiliaryDataFailures } from '../../../ledger/phase-1/auxiliary-data.js';
import { inputSetFailures } from '../../../ledger/phase-1/input-sets.js';
import type { TransactionFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

const CODE = 'invalid_exact_cardano_payload_phase1_invalid';

export const bodyConsistency = defineRule({
  name: 'there are inputs, distinct, few enough and not referenced too, required signers are distinct, and auxiliary data matches its hash',
  codes: [CODE],
  source:
    'ledger: InputSetEmptyUTxO, BabbageNonDisjointRefInputs, ConflictingMetadataHash; chain.verification.maxInputs',
  check({ transaction, policy, networkFacts: { parameters } }: TransactionFacts, refuse) {
    const { inputs, referenceInputs, collateralInputs } = transaction;
    const count = inputs.length + referenceInputs.length + collateralInputs.length;
    if (count > policy.maxInputs) {
      const message = `expected at most ${policy.maxInputs} inputs, reference and collateral inputs, found ${count}`;
      return refuse(CODE, `transaction: ${message}`);
    }
    const failures = [
      ...inputSetFailures({ transaction, parameters }),
      ...auxiliaryDataFailures(transaction),
    ];
    const [first] = failures;
    return first === undefined ? PASSED : refuse(CODE, `transaction: ${first.message}`);
  },
});
