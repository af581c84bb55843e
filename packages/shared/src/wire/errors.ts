import { z } from 'zod';
import { quotaReachedSchema } from './usage.js';

/** The code of an HTTP problem: something that is not a verdict on a payment. */
export const HTTP_ERROR_CODES = [
  'invalid_request',
  'unauthorized',
  'not_found',
  'method_not_allowed',
  'payload_too_large',
  'unsupported_media_type',
  'rate_limited',
  'lookup_limit_reached',
  'quota_reached',
  'key_exists',
  'key_revoked',
  'internal_error',
  'unavailable',
  'settlement_unreadable',
  'not_confirmed',
  'receipt_pending',
  'no_receipt',
  'no_receipt_signer',
  'receipt_withheld',
  'payment_failed',
  'sponsorship_unavailable',
  'sponsorship_pool_empty',
  'sponsorship_limit_reached',
  'too_many_sponsorships',
] as const;

/** Body of an HTTP problem, unless the endpoint's contract names another shape. */
export const errorResponseSchema = z
  .object({
    error: z.enum(HTTP_ERROR_CODES),
    message: z.string().describe('what was expected and what was found'),
    quota: quotaReachedSchema.optional().describe('of quota_reached'),
  })
  .meta({ id: 'Error', description: 'an HTTP problem' });

export type ErrorResponse = z.output<typeof errorResponseSchema>;
export type HttpErrorCode = (typeof HTTP_ERROR_CODES)[number];
