import { SPONSORSHIP_EXTENSION } from '@x402-facilitator/cardano';
import type { PaymentRequestBody } from '@x402-facilitator/shared/wire';

/** Twice the size of the largest transaction in base64 with its requirements. */
const MAX_CHARACTERS = 65_536;

/**
 * What a worker needs of a request to verify it again, as JSON: all that the rules read and the binding covers, and
 * nothing else, because a caller could fill the journal with it.
 *
 * @returns undefined when it is larger than any honest payment.
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
