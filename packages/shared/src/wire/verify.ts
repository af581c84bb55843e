import { z } from 'zod';

/** Answer of `POST /verify` for every verdict. */
export const verifyResponseSchema = z
  .object({
    isValid: z.boolean(),
    invalidReason: z.string().optional().describe('code of the refusal'),
    invalidMessage: z.string().optional().describe('what was expected and what was found'),
    payer: z.string().optional().describe('address that owns the nonce output; empty while unknown'),
    extra: z
      .looseObject({
        retryable: z.boolean().optional().describe('the same request may succeed later'),
        transaction: z.string().optional().describe('settlement that this payment already has here'),
        status: z.string().optional(),
        awaitedSponsorWitness: z
          .string()
          .optional()
          .describe('hash of the seller’s key whose signature /settle wants in sponsorWitnesses'),
      })
      .optional()
      .describe('of a valid payment: what its scheme says besides, such as the state of a channel'),
  })
  .meta({ id: 'VerifyResponse', description: 'the verdict' });

export type VerifyResponse = z.output<typeof verifyResponseSchema>;
