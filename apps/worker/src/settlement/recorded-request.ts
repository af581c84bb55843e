import { err, ok, type Result } from '@x402-facilitator/cardano';
import { type PaymentRequestBody, paymentRequestSchema } from '@x402-facilitator/shared/wire';

/** The request that a record holds as JSON, if it has a valid shape. */
export function recordedRequest(text: string | undefined): Result<PaymentRequestBody, 'unreadable'> {
  try {
    const parsed = paymentRequestSchema.safeParse(JSON.parse(text ?? ''));
    return parsed.success ? ok(parsed.data) : err('unreadable');
  } catch {
    return err('unreadable');
  }
}
