import type { PaymentRequired, PaymentRequirements, SettleResponse } from '@x402/core/types';
import { SCHEME } from '@x402-facilitator/cardano/channels';
import { afterCharge, afterCorrection, afterRefusal, type Sent, withoutAnswer } from './counting.js';
import { seenOnChain } from './pay.js';
import { sentIn } from './payloads.js';
import type { ChannelRecord } from './record.js';
import type { Context } from './settings.js';

/** What a seller said to a payment, as `x402Client` tells it. */
export type SellersAnswer = {
  readonly paymentPayload: { readonly payload: Record<string, unknown> };
  readonly requirements: Pick<PaymentRequirements, 'amount'>;
  readonly settleResponse?: SettleResponse;
  readonly paymentRequired?: PaymentRequired;
};

const P = 'invalid_batch_settlement_cardano';
export const COUNT_DIFFERS = `${P}_cumulative_amount_mismatch`;
/** The seller says something of the channel that the chain knows better. */
const ASK_THE_CHAIN = new Set([
  `${P}_cumulative_below_claimed`,
  `${P}_cumulative_exceeds_balance`,
  `${P}_channel_not_found`,
  `${P}_channel_closed`,
  `${P}_channel_state`,
  `${P}_missing_channel`,
  `${P}_deposit_transaction`,
  // The facilitator's success was lost on its way, or told before: the deposit may be on the ledger.
  'settlement_unknown',
  'duplicate_settlement',
]);

/**
 * Takes an answer into the records.
 *
 * @returns whether the request should be paid for anew: something that is proven has changed.
 */
export async function takeAnswer(context: Context, answer: SellersAnswer): Promise<boolean> {
  const sent = sentIn(answer.paymentPayload.payload);
  if (sent === undefined || sent.type === 'refund') return false;
  try {
    return await context.store.exclusively(async () => {
      const records = await context.store.list();
      const record = records.find(({ id }) => id === sent.channelId);
      if (record === undefined) return false;
      const promise = { amount: sent.amount, price: BigInt(answer.requirements.amount) };
      const taken = await recordAfter(context, record, promise, answer);
      await context.store.save({ ...taken.record, changedAtMs: context.now() });
      return taken.isWorthAnother;
    });
  } finally {
    context.tellChanged();
  }
}

type Taken = { readonly record: ChannelRecord; readonly isWorthAnother: boolean };

async function recordAfter(
  context: Context,
  record: ChannelRecord,
  sent: Sent,
  { settleResponse, paymentRequired }: SellersAnswer,
): Promise<Taken> {
  if (settleResponse?.success === true) {
    const { extra } = settleResponse as { readonly extra?: unknown };
    return {
      record: afterDeposit(afterCharge(record, sent, extra), record, settleResponse),
      isWorthAnother: false,
    };
  }
  const code = settleResponse?.errorReason ?? paymentRequired?.error;
  if (code === undefined) return { record: withoutAnswer(record), isWorthAnother: false };
  if (code === COUNT_DIFFERS) {
    const corrected = correctedBy(context, record, sent, paymentRequired);
    const next = corrected === undefined ? undefined : BigInt(corrected.count) + sent.price;
    if (corrected !== undefined) return { record: corrected, isWorthAnother: next !== sent.amount };
  }
  const refused = afterRefusal(record, sent);
  if (!ASK_THE_CHAIN.has(code)) return { record: refused, isWorthAnother: false };
  // The answer is kept also where the chain cannot be asked.
  const seen = await seenOnChain(context, refused).catch(() => refused);
  const hasChanged =
    seen.state !== refused.state ||
    seen.ref !== refused.ref ||
    seen.count !== refused.count ||
    seen.capacity !== refused.capacity ||
    seen.transaction !== refused.transaction;
  return { record: { ...seen, toldRef: null }, isWorthAnother: hasChanged };
}

/** A deposit whose answer says that it is on the ledger. What the chain shows of it later counts more. */
function afterDeposit(
  charged: ChannelRecord,
  { transaction, capacity }: ChannelRecord,
  { transaction: told }: SettleResponse,
): ChannelRecord {
  if (transaction === null || told !== transaction.txHash) return charged;
  // Until the chain shows it, no other opening is made.
  if (transaction.kind === 'opening')
    return charged.state === 'opening' ? { ...charged, state: 'open' } : charged;
  if (transaction.kind !== 'top-up') return charged;
  return {
    ...charged,
    capacity: String(BigInt(capacity) + BigInt(transaction.amount)),
    transaction: null,
  };
}

function correctedBy(
  { maxLostAnswers }: Context,
  record: ChannelRecord,
  sent: Sent,
  required: PaymentRequired | undefined,
): ChannelRecord | undefined {
  for (const { scheme, extra } of required?.accepts ?? []) {
    if (scheme !== SCHEME) continue;
    const corrected = afterCorrection(record, sent, extra, maxLostAnswers);
    if (corrected !== undefined) return corrected;
  }
  return undefined;
}
