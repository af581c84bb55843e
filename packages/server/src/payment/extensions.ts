import { randomBytes } from 'node:crypto';
import { decodePaymentRequiredHeader, encodePaymentRequiredHeader } from '@x402/core/http';

/** The public x402 extension: the buyer's own name for its purchase. */
export const PAYMENT_IDENTIFIER = 'payment-identifier';
/** Ours: a token that clients of x402 v2 send back with the payment, as they do with every extension of a 402. */
export const DELIVERY = 'delivery';

const identifierSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    required: { type: 'boolean' },
    id: { type: 'string', minLength: 16, maxLength: 128, pattern: '^[a-zA-Z0-9_-]+$' },
  },
  required: ['required'],
};

const TOKEN_BYTES = 24;

/**
 * Adds to a 402 what makes a payment private to its buyer: a fresh token, and the offer to name the purchase.
 *
 * @param header the value of `PAYMENT-REQUIRED`. What is none is given back as it is.
 */
export function offerDelivery(header: string): string {
  try {
    const required = decodePaymentRequiredHeader(header);
    return encodePaymentRequiredHeader({
      ...required,
      extensions: {
        [PAYMENT_IDENTIFIER]: { info: { required: false }, schema: identifierSchema },
        ...required.extensions,
        [DELIVERY]: { info: { token: randomBytes(TOKEN_BYTES).toString('base64url') } },
      },
    });
  } catch {
    return header;
  }
}
