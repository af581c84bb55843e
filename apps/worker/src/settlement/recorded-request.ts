import { type PaymentRequestBody, paymentRequestSchema } from '@x402-facilitator/shared/wire';

/** The request that a record holds as JSON; undefined when it holds no request that can be verified. */
export function recordedRequest(text: string | undefined): PaymentRequestBody | undefined {
  try {
    const parsed = paymentRequestSchema.safeParse(JSON.parse(text ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
