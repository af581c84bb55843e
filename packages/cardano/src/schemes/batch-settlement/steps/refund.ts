import { ok } from '../../../result.js';
import { channelFrom, channelStateOf, subbedOf } from '../channel/channel.js';
import type { BuyerFacts, TransactionFacts } from '../facts/facts.js';
import { refundLedgerStage, refundOutputsStage, refundStage } from '../rules/index.js';
import type { RefundPayload } from '../shapes/payload.js';
import { acceptedOfBuyer } from './accepted.js';
import { type ChannelTransactionStep, ledgerStep, outputsStep, transactionStep } from './transaction-step.js';

/** A refund ends a channel by the agreement of both. The provider may have yet to sign it. */
export function refundStep(facts: BuyerFacts<RefundPayload> & TransactionFacts): ChannelTransactionStep {
  const { networkFacts, payload, scriptHash, receiverAuthorizer } = facts;
  return transactionStep(facts.transaction, () => {
    const refund = refundStage.judge(facts);
    if (!refund.ok) return refund;
    const known = refund.value;
    const followed = channelFrom(payload.voucher.channelRef, scriptHash);
    const step = outputsStep(known.transaction, followed, (chain) => {
      const judged = refundOutputsStage.judge({ ...known, ...chain });
      if (!judged.ok) return judged;
      const { channel } = judged.value;
      const accepted = {
        kind: 'refund',
        method: 'refund',
        amount: payload.voucher.maxClaimableAmount - subbedOf(channel),
        extra: channelStateOf(channel, networkFacts.parameters),
      } as const;
      const facts = { ...judged.value, expectedSigners: [receiverAuthorizer] };
      return ok(ledgerStep(refundLedgerStage, facts, () => acceptedOfBuyer(judged.value, accepted)));
    });
    return ok(step);
  });
}
