import { z } from 'zod';
import type { IouKeys } from './iou-keys.js';
import type { ChannelRecord } from './record.js';

/** A channel as both sides name it on the wire. */
function configOf(record: ChannelRecord) {
  return {
    payer: record.payer,
    payerAuthorizer: record.iouKey,
    receiver: record.receiver,
    receiverAuthorizer: record.receiverAuthorizer,
    token: record.token,
    withdrawDelay: record.withdrawDelay,
  };
}

function voucherOf(record: ChannelRecord, amount: bigint, keys: IouKeys, channelRef: string | null) {
  return {
    channelId: record.id,
    maxClaimableAmount: String(amount),
    signature: keys.keyOf(record.id).sign(amount),
    ...(channelRef === null ? {} : { channelRef }),
  };
}

/** The payload of a request that is paid by a promise alone. */
export function voucherPayload(record: ChannelRecord, amount: bigint, keys: IouKeys) {
  const voucher = voucherOf(record, amount, keys, record.toldRef ?? record.ref);
  return { type: 'voucher', channelConfig: configOf(record), voucher } as const;
}

/** The payload of a request that opens a channel or adds to one. The same transaction always has the same payload. */
export function depositPayload(record: ChannelRecord, amount: bigint, keys: IouKeys) {
  const { transaction } = record;
  if (transaction === null) throw new Error('expected a deposit in the record, found none');
  const ref = transaction.kind === 'opening' ? null : record.ref;
  return {
    type: 'deposit',
    channelConfig: configOf(record),
    voucher: voucherOf(record, amount, keys, ref),
    deposit: { amount: transaction.amount, transaction: transaction.base64 },
  } as const;
}

/** The payload of a cooperative end. */
export function refundPayload(record: ChannelRecord, transaction: string, keys: IouKeys) {
  return {
    type: 'refund',
    channelConfig: configOf(record),
    voucher: voucherOf(record, BigInt(record.count), keys, record.toldRef ?? record.ref),
    transaction,
  } as const;
}

const sentShape = z.object({
  type: z.enum(['deposit', 'voucher', 'refund']),
  voucher: z.object({ channelId: z.string(), maxClaimableAmount: z.string().regex(/^\d{1,20}$/) }),
});

/** What a payload that was sent promised. */
export function sentIn(payload: unknown) {
  const read = sentShape.safeParse(payload);
  if (!read.success) return undefined;
  const { type, voucher } = read.data;
  return { type, channelId: voucher.channelId, amount: BigInt(voucher.maxClaimableAmount) };
}
