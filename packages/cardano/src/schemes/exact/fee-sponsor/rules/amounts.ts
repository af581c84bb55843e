import { slotStartMs } from '../../../../ledger/network/timeline.js';
import { witnessBytes } from '../../../../ledger/transaction/assemble-witness.js';
import { ok, type Result } from '../../../../result.js';
import type { Refusal } from '../../../refusal.js';
import type { AwaitedKnown } from '../../facts/facts.js';
import { outputsTo } from '../../facts/paying-outputs.js';
import { defineRule, PASSED } from '../../facts/rule.js';
import { awaitedSigner } from '../spends-offer.js';
import type { OfferTransactionFacts } from './facts.js';

const CODE = 'fee_sponsor_refused';
const TOO_LARGE = 'invalid_exact_cardano_payload_phase1_invalid';

export const feeAndEnd = defineRule({
  name: 'the fee is at most the offer’s maxFee, and the TTL is not after its expiresAt',
  codes: [CODE],
  source: 'draft: S5, S7',
  check({ transaction, ttl, offer, networkFacts }: OfferTransactionFacts, refuse) {
    const { maxFeeLovelace, expiresAtMs } = offer;
    if (transaction.fee > maxFeeLovelace) {
      const message = `expected a fee of at most the offer’s ${maxFeeLovelace} lovelace, found ${transaction.fee}`;
      return refuse(CODE, `transaction: ${message}`);
    }
    const endsAtMs = slotStartMs(networkFacts.timeline, ttl);
    if (endsAtMs <= expiresAtMs) return PASSED;
    const late = `expected a TTL of at most ${expiresAtMs}, when the offer ends, found one at ${endsAtMs}`;
    return refuse(CODE, `transaction: ${late}`);
  },
});

export const returned = defineRule({
  name: 'all of the offered ada but the fee goes to payTo',
  codes: [CODE],
  source: 'draft: S4. As value is conserved, others get at most what the other inputs bring',
  check({ transaction, payTo, offer }: OfferTransactionFacts, refuse) {
    const paid = outputsTo(transaction, payTo).reduce((sum, { lovelace }) => sum + lovelace, 0n);
    const least = offer.lovelace - transaction.fee;
    if (paid >= least) return PASSED;
    return refuse(CODE, `transaction: expected at least ${least} lovelace to payTo, found ${paid}`);
  },
});

export const room = defineRule({
  name: 'the seller’s signature fits into the transaction',
  codes: [TOO_LARGE],
  source: 'draft: F1; ledger: MaxTxSizeUTxO',
  check({ transaction, offer, networkFacts }: OfferTransactionFacts, refuse): Result<AwaitedKnown, Refusal> {
    const keyHash = awaitedSigner(transaction, offer);
    const ledgerSize = transaction.ledgerSize + (keyHash === undefined ? 0 : witnessBytes(transaction.bytes));
    const { maxTransactionBytes } = networkFacts.parameters;
    if (ledgerSize > maxTransactionBytes) {
      const expected = `at most ${maxTransactionBytes} bytes with the seller’s signature`;
      return refuse(TOO_LARGE, `transaction: expected ${expected}, found ${ledgerSize}`);
    }
    return ok(keyHash === undefined ? {} : { awaited: { keyHash, ledgerSize } });
  },
});
