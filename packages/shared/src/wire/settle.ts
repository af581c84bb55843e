import { z } from 'zod';

const extra = z.looseObject({
  status: z.enum(['confirmed', 'mempool', 'pending', 'failed', 'expired']).optional(),
  confirmations: z
    .int()
    .optional()
    .describe('newer blocks on top of the payment’s; -1: accepted, in no block'),
  transactionId: z.string().optional(),
  statusUrl: z
    .string()
    .optional()
    .describe('where the settlement can be followed; absent where server.publicUrl is not set'),
  retryable: z.boolean().optional().describe('the same request may succeed later'),
  outcome: z
    .object({
      success: z.boolean(),
      status: z.enum(['confirmed', 'mempool', 'pending', 'failed', 'expired']),
      confirmations: z.int().optional(),
      deliveredAt: z.string().optional(),
    })
    .optional()
    .describe('the answer to an earlier identical call'),
  channelState: z
    .object({
      channelId: z.string(),
      channelRef: z.string().describe('where the channel is then; empty after a refund'),
      balance: z.string().describe('how far a voucher may go'),
      totalClaimed: z.string(),
      withdrawRequestedAt: z.int(),
    })
    .optional()
    .describe('of a channel’s deposit or refund: the channel as it leaves it'),
  claims: z
    .array(z.object({ channelId: z.string(), totalClaimed: z.string(), channelRef: z.string() }))
    .optional()
    .describe('of a claim: where it leaves each channel'),
});

/** Answer of `POST /settle` for every outcome. */
export const settleResponseSchema = z
  .object({
    success: z.boolean(),
    errorReason: z.string().optional().describe('settlement_pending, or the code of the refusal or failure'),
    errorMessage: z.string().optional(),
    transaction: z.string().describe('transaction id; empty when nothing was claimed'),
    network: z.string(),
    payer: z.string().optional(),
    amount: z.string().optional().describe('atomic units'),
    extra: extra.optional(),
  })
  .meta({ id: 'SettleResponse', description: 'the outcome, or that it is still pending' });

export type SettleResponse = z.output<typeof settleResponseSchema>;
