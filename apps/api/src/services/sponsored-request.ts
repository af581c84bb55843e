import { SPONSORSHIP_EXTENSION } from '@x402-facilitator/cardano';
import type { PaymentRequestBody } from '@x402-facilitator/shared/wire';

/** Twice the size of the largest transaction in base64 with its requirements. */
const MAX_CHARACTERS = 65_536;

/**
 * The part of a request that a worker needs to verify it again, as JSON. It holds what the rules read and the binding
 * covers, and nothing else, so that a caller cannot fill the journal.
 *
 * @returns `undefined` when it is larger than any honest payment.
 */
export function sponsoredRequestOf({
  paymentPayload: { x402Version, accepted, payload, resource, extensions },
  paymentRequirements,
}: PaymentRequestBody): string | undefined {
  const text = JSON.stringify({
    x402Version,
    paymentPayload: {
      x402Version,
      accepted: { scheme: accepted.scheme, network: accepted.network },
      payload: { transaction: payload.transaction, nonce: payload.nonce },
      ...(resource === undefined ? {} : { resource: { url: resource.url } }),
      extensions: { [SPONSORSHIP_EXTENSION]: extensions?.[SPONSORSHIP_EXTENSION] },
    },
    paymentRequirements,
  });
  return text.length <= MAX_CHARACTERS ? text : undefined;
}
