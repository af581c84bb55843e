import type { DeepReadonly, PaymentRequirements, SettleResponse } from '@x402/core/types';
import { z } from 'zod';
import type { ChannelRecord, ChannelView } from './store.js';

const amount = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,19})$/)
  .transform(BigInt);

const channelState = z.object({
  channelId: z.string(),
  channelRef: z.string(),
  balance: amount,
  totalClaimed: amount,
  withdrawRequestedAt: z.number(),
});

/** Reads what a facilitator says of a channel; `undefined` if it says it of another one, or not at all. */
export function readView(state: unknown, channelId: string): ChannelView | undefined {
  const parsed = channelState.safeParse(state);
  if (!parsed.success || parsed.data.channelId !== channelId) return undefined;
  const { channelRef, balance, totalClaimed, withdrawRequestedAt } = parsed.data;
  return { channelRef, balance, totalClaimed, withdrawRequestedAt };
}

/** The channel as its buyer is told of it. */
export function stateOf(record: ChannelRecord) {
  const { channelId, channelRef, balance, totalClaimed, withdrawRequestedAt, charged } = record;
  return {
    channelId,
    channelRef,
    balance: `${balance}`,
    totalClaimed: `${totalClaimed}`,
    withdrawRequestedAt,
    chargedCumulativeAmount: `${charged}`,
  };
}

/** What a corrective 402 adds to the terms: the count, and the buyer's own promise that proves it. */
export function correctionOf(record: ChannelRecord): Readonly<Record<string, unknown>> {
  const { iou } = record;
  const voucherState = iou && { signedMaxClaimable: `${iou.amount}`, signature: iou.signature };
  return { channelState: stateOf(record), ...(voucherState === undefined ? {} : { voucherState }) };
}

/** The payment response of a served request. `deposit` is what the facilitator said of one. */
export function paymentResponse({
  requirements,
  payer,
  record,
  promised,
  charge,
  deposit,
}: {
  readonly requirements: DeepReadonly<PaymentRequirements>;
  readonly payer: string;
  readonly record: ChannelRecord;
  readonly promised: bigint;
  readonly charge: bigint;
  readonly deposit?: SettleResponse | undefined;
}): SettleResponse {
  const extra = {
    ...deposit?.extra,
    chargedAmount: `${charge}`,
    commitmentId: `${record.channelId}:${promised}`,
    channelState: stateOf(record),
  };
  if (deposit !== undefined) return { ...deposit, extra };
  const { network } = requirements;
  return { success: true, payer, transaction: '', network, amount: '', extra };
}
