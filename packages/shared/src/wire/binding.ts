import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { PaymentRequestBody } from './payment-request.js';

/**
 * What a settlement is bound to: SHA-256 (hex) over the canonical JSON (RFC 8785) of the requirements and the
 * resource's URL (docs/settlement.md, "Redemption"). The same request has the same binding however its keys are ordered;
 * another price, seller or resource has another.
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
