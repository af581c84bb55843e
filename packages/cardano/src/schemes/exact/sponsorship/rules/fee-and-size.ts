import { witnessBytes } from '../../../../ledger/transaction/assemble-witness.js';
import { ok, type Result } from '../../../../result.js';
import type { Refusal } from '../../../refusal.js';
import { defineRule } from '../../facts/rule.js';
import type { SizeKnown, SponsoredInputKnown, SponsorshipTransactionFacts } from './facts.js';

const P = 'invalid_exact_cardano_payload';

export const feeAndSize = defineRule({
  name: 'the fee is within the reservation, and our signature fits into the transaction',
  codes: [`${P}_fee_above_maximum`, `${P}_phase1_invalid`],
  source: 'the reservation; ledger: MaxTxSizeUTxO',
  check(
    { transaction, networkFacts, sponsored }: SponsorshipTransactionFacts & SponsoredInputKnown,
    refuse,
  ): Result<SizeKnown, Refusal> {
    const { maxFeeLovelace } = sponsored;
    if (transaction.fee > maxFeeLovelace) {
      const message = `transaction: expected a sponsored fee of at most ${maxFeeLovelace} lovelace, found ${transaction.fee}`;
      return refuse(`${P}_fee_above_maximum`, message);
    }
    const { maxTransactionBytes } = networkFacts.parameters;
    const ledgerSize = transaction.ledgerSize + witnessBytes(transaction.bytes);
    if (ledgerSize <= maxTransactionBytes) return ok({ ledgerSize });
    const message = `transaction: expected at most ${maxTransactionBytes} bytes with the facilitator’s signature, found ${ledgerSize}`;
    return refuse(`${P}_phase1_invalid`, message);
  },
});
