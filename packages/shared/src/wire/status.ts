import { parseTxHash } from '@x402-facilitator/cardano';
import { SETTLEMENT_STATES } from '@x402-facilitator/journal';
import { z } from 'zod';
import { isoTimeSchema } from './iso-time.js';

/** A transaction id as callers write it, in either case; the id itself is lower case. */
export const transactionIdSchema = z
  .string()
  .transform((text, context) => {
    const id = parseTxHash(text);
    if (id !== undefined) return id;
    context.issues.push({
      code: 'custom',
      input: text,
      message: `expected 64 hex characters, found ${describe(text)}`,
    });
    return z.NEVER;
  })
  .meta({ description: '64 hex characters' });

function describe(text: string): string {
  return text.length === 64 ? 'other characters' : `${text.length} characters`;
}

/** Body of `POST /status`. */
export const statusRequestSchema = z.looseObject({
  transaction: transactionIdSchema,
  paymentRequirements: z
    .looseObject({ network: z.string() })
    .nullish()
    .describe('only its network is read: where to look'),
});

/** The current state of a settlement. */
export const statusResponseSchema = z
  .object({
    transaction: z.string(),
    network: z.string().nullable(),
    status: z
      .enum(['pending', 'confirmed', 'failed', 'not_found'])
      .describe('confirmed: the settlement’s own policy is met'),
    state: z.enum(SETTLEMENT_STATES).nullable(),
    confirmations: z.int().nullable().describe('newer blocks on top; -1: accepted, in no block'),
    required: z.int().nullable(),
    block: z.object({ hash: z.string(), height: z.int(), slot: z.int() }).nullable(),
    payer: z.string().nullable(),
    payTo: z.string().nullable(),
    asset: z.string().nullable(),
    amount: z.string().nullable().describe('atomic units'),
    attempts: z.int().describe('submissions so far'),
    queuedAt: isoTimeSchema.nullable(),
    submittedAt: isoTimeSchema.nullable(),
    settledAt: isoTimeSchema.nullable(),
    expiresAt: isoTimeSchema.nullable().describe('when the transaction can no longer be included'),
    errorReason: z.string().nullable(),
    errorMessage: z.string().nullable(),
    providerMessage: z.string().nullable().describe('the provider’s words about the latest attempt'),
    proof: z.unknown().optional().describe('why a failed payment can no longer be included'),
  })
  .meta({ id: 'StatusResponse', description: 'the current state of the settlement' });

export type StatusResponse = z.output<typeof statusResponseSchema>;
