import { z } from 'zod';

/** The x402 extension by which a buyer names its payment, as the x402 Foundation specifies it. */
export const PAYMENT_IDENTIFIER_EXTENSION = 'payment-identifier';

/** The buyer echoes what the seller declared, and adds the id. The `schema` that it echoes is not read: it is always this one. */
export const paymentIdentifierSchema = z.looseObject({
  info: z
    .looseObject({
      required: z.boolean().describe('whether the seller requires an id'),
      id: z
        .string()
        .regex(/^[A-Za-z0-9_-]{16,128}$/, 'expected 16 to 128 letters, digits, hyphens and underscores')
        .optional()
        .describe('the buyer’s name for this payment: it stands for no other payment of the same caller'),
    })
    .refine(({ required, id }) => !required || id !== undefined, {
      path: ['id'],
      error: 'expected an id, because the seller requires one',
    }),
});
