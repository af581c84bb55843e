import { z } from 'zod';
import { bounded, closed, lowercaseHex, text, told } from '../../shape.js';
import { amount, hash28, hash32, outRef, seconds, transaction } from './parts.js';

/** Far more channels than fit into a transaction. */
const MAX_CLAIMS = 100;
/** A witness set of one signature has 104 bytes. */
const MAX_WITNESS_BYTES = 1024;

const channelConfig = closed({
  payer: hash28,
  payerAuthorizer: hash32,
  receiver: z.string(told('an address')),
  receiverAuthorizer: hash28,
  token: z.string(told('an asset')),
  withdrawDelay: seconds,
});

const iou = { channelId: hash32, maxClaimableAmount: amount, signature: lowercaseHex(64) } as const;
const voucher = closed({ ...iou, channelRef: outRef });

const positive = amount.refine((value) => value > 0n, told('a positive amount'));

/** What is behind each `type`. Fields beside them are other people's and are not looked at; those of the objects in them are closed. */
export const PAYLOADS = {
  deposit: z.object({
    type: z.literal('deposit'),
    channelConfig,
    voucher: closed({ ...iou, channelRef: outRef.optional() }),
    deposit: closed({ amount: positive, transaction }),
  }),
  voucher: z.object({ type: z.literal('voucher'), channelConfig, voucher }),
  refund: z.object({
    type: z.literal('refund'),
    channelConfig,
    voucher,
    transaction,
    providerWitness: text(
      /^(?:[0-9a-f]{2})+$/,
      2 * MAX_WITNESS_BYTES,
      'a witness set as lowercase hex',
    ).optional(),
  }),
} as const;

/** Without a transaction, a claim asks us to sign with a key that we do not hold. */
export const claimPayload = z.object({
  type: z.literal('claim'),
  transaction,
  claims: bounded(
    closed({
      channelId: hash32,
      totalClaimed: amount,
      channelRef: z.unknown().optional(),
      voucher: z.unknown().optional(),
    }),
    MAX_CLAIMS,
  ),
});

export type DepositPayload = z.output<typeof PAYLOADS.deposit>;
export type VoucherPayload = z.output<typeof PAYLOADS.voucher>;
export type RefundPayload = z.output<typeof PAYLOADS.refund>;
export type ClaimPayload = z.output<typeof claimPayload>;

/** What a buyer sends to a seller. */
export type BuyerPayload = DepositPayload | VoucherPayload | RefundPayload;
