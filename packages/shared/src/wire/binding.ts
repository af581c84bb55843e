import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { LRUCache } from 'lru-cache';
import type { PaymentRequestBody } from './payment-request.js';

/** Characters of requirements whose bindings are remembered: a few thousand usual ones, in less than 10 MB. */
const REMEMBERED_CHARACTERS = 2_000_000;
/** Of one; usual ones have a few hundred. */
const LONGEST_REMEMBERED = 4_000;

/** By their JSON as it was sent: a seller asks for the same again and again, and canonical JSON costs as much as a rule. */
const known = new LRUCache<string, string>({
  maxSize: REMEMBERED_CHARACTERS,
  sizeCalculation: (_binding, text) => text.length,
});

/**
 * The binding of a settlement: SHA-256 (hex) over the canonical JSON (RFC 8785) of the requirements and the resource's
 * URL (docs/settlement.md, "Redemption"). The order of keys does not matter; another price, seller or resource gives
 * another binding.
 *
 * @throws Error for values without a canonical form, which `parseJsonBody` refuses.
 */
export function bindingOf(request: PaymentRequestBody): string {
  const bound = {
    requirements: request.paymentRequirements,
    resource: { url: request.paymentPayload.resource?.url ?? null },
  };
  const text = JSON.stringify(bound);
  const found = known.get(text);
  if (found !== undefined) return found;
  const binding = hash('sha256', canonicalize(bound) ?? '');
  if (text.length <= LONGEST_REMEMBERED) known.set(text, binding);
  return binding;
}
