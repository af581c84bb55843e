import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { PaymentRequestBody } from './payment-request.js';

/**
 * The binding of a settlement: SHA-256 (hex) over the canonical JSON (RFC 8785) of the requirements and the resource's
 * URL (docs/settlement.md, "Redemption"). The order of keys does not matter; another price, seller or resource gives
 * another binding.
 *
 * @throws Error for values without a canonical form, which `parseJsonBody` refuses.
 */
export function bindingOf(request: PaymentRequestBody): string {
  const bound = canonicalize({
    requirements: request.paymentRequirements,
    resource: { url: request.paymentPayload.resource?.url ?? null },
  });
  return createHash('sha256')
    .update(bound ?? '')
    .digest('hex');
}
