import type { AcceptedPayment } from '@x402-facilitator/cardano';
import { MAX_RESOURCE_CHARACTERS, type SettlementClaim } from '@x402-facilitator/journal';
import type { PaymentRequestBody } from '@x402-facilitator/shared/wire';
import { sponsoredRequestOf } from './sponsored-request.js';

/** A claim from a channel, and what it gives back, pay for nothing new. */
const LISTED_KINDS: ReadonlySet<string> = new Set(['payment', 'deposit']);

/** What a payment that was accepted claims. */
export function claimOf(
  payment: AcceptedPayment,
  request: PaymentRequestBody,
  call: Pick<SettlementClaim, 'binding' | 'expiresAtMs' | 'keyName'> & {
    readonly traceparent: string | undefined;
    /** What the request declares about its resource. */
    readonly candidate: SettlementClaim['discovery'];
  },
): SettlementClaim {
  const { network, txHash, kind, scheme, payer, payTo, asset, amount, inputs, ttl, method } = payment;
  const { requiredConfirmations, bytes, hasScripts, termsDigest, sponsorship, success, channels } = payment;
  const { binding, expiresAtMs, keyName, traceparent, candidate } = call;
  const { resource } = request.paymentPayload;
  const recorded = sponsorship && sponsoredRequestOf(request);
  const isRecorded = resource !== undefined && resource.url.length <= MAX_RESOURCE_CHARACTERS;
  return {
    network,
    txHash,
    kind,
    scheme,
    binding,
    payer,
    payTo,
    asset,
    amount,
    requiredConfirmations,
    inputs,
    ttl,
    method,
    expiresAtMs,
    signedTransaction: bytes,
    hasScripts,
    keyName,
    ...(isRecorded ? { resource: resource.url } : {}),
    ...(candidate === undefined || !LISTED_KINDS.has(kind) ? {} : { discovery: candidate }),
    ...(success === undefined ? {} : { success }),
    ...(channels === undefined ? {} : { channels }),
    ...(termsDigest === undefined ? {} : { termsDigest }),
    ...(sponsorship === undefined || recorded === undefined
      ? {}
      : { sponsored: { id: sponsorship.id, request: recorded } }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
