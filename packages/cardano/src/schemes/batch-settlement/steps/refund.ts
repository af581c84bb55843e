import { ok } from '../../../result.js';
import type { TransactionStep } from '../../scheme.js';
import { channelFrom, channelStateOf, subbedOf } from '../channel/channel.js';
import { TRANSACTION_CODES } from '../facts/codes.js';
import type { BuyerFacts, TransactionFacts } from '../facts/facts.js';
import { refundLedgerStage, refundOutputsStage, refundStage } from '../rules/index.js';
import { isWitnessedBy } from '../rules/spent.js';
import type { RefundPayload } from '../shapes/payload.js';
import { acceptedOfBuyer, changeOf, refundSuccess } from './accepted.js';
import { askLedger, outputsStep, transactionStep } from './transaction-step.js';

const UNSIGNED = 'paymentPayload.payload.providerWitness: expected the provider’s signature, found none';

/** A refund ends a channel by the agreement of both. The provider may have yet to sign it. */
export function refundStep(facts: BuyerFacts<RefundPayload> & TransactionFacts): TransactionStep {
  const { networkFacts, payload, scriptHash, receiverAuthorizer } = facts;
  const { channelRef, maxClaimableAmount } = payload.voucher;
  return transactionStep(facts.transaction, () => {
    const refund = refundStage.judge(facts);
    if (!refund.ok) return refund;
    const known = refund.value;
    const isSigned = isWitnessedBy(known.transaction, receiverAuthorizer);
    const unsettleable = isSigned
      ? {}
      : { unsettleable: { code: TRANSACTION_CODES.refund, message: UNSIGNED } };
    const accepted = { kind: 'refund', method: 'refund', ...unsettleable } as const;
    const step = outputsStep(known.transaction, channelFrom(channelRef, scriptHash), (chain) => {
      const judged = refundOutputsStage.judge({ ...known, ...chain });
      if (!judged.ok) return judged;
      const { channel } = judged.value;
      const amount = maxClaimableAmount - subbedOf(channel);
      const extra = channelStateOf(channel, networkFacts.parameters);
      const success = refundSuccess(known, channel);
      const channels = [changeOf(channel, channel.held, 0n)];
      const payment = acceptedOfBuyer(known, { ...accepted, amount, extra, channels, success });
      return ok(
        askLedger(refundLedgerStage, { ...judged.value, expectedSigners: [receiverAuthorizer] }, payment),
      );
    });
    return ok({ payment: acceptedOfBuyer(known, { ...accepted, amount: 0n, extra: {} }), step });
  });
}
