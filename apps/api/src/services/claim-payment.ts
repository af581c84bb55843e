import {
  type AcceptedPayment,
  err,
  ok,
  type Refusal,
  type Result,
  type SchemeRegistry,
  slotStartMs,
} from '@x402-facilitator/cardano';
import {
  type Call,
  type ClaimOutcome,
  HELD_WITHOUT_TTL_MS,
  type SettlementClaim,
} from '@x402-facilitator/journal';
import type { PaymentRequestBody } from '@x402-facilitator/shared/wire';
import { claimOf } from './claim-of.js';
import type { Discovery } from './discovery.js';
import type { PaymentObserver } from './payment-observer.js';
import type { ServedNetworks } from './served-networks.js';
import { sponsoredRequestOf } from './sponsored-request.js';
import type { Sponsoring } from './sponsoring.js';

/** Claims a payment that was accepted, and its reservation if it is sponsored: refused when it cannot have that. */
export type ClaimPayment = (
  payment: AcceptedPayment,
  request: PaymentRequestBody,
  options: {
    readonly binding: string;
    readonly call: Call;
    readonly traceparent: string | undefined;
    /** What the claim says otherwise, because an operator gave his word for the payment. */
    readonly redeemed: Partial<SettlementClaim>;
  },
) => Promise<Result<ClaimOutcome, Refusal>>;

export function createClaimPayment({
  schemes,
  networks,
  sponsoring,
  observer,
  discovery,
  clock,
}: {
  readonly schemes: SchemeRegistry;
  readonly networks: Pick<ServedNetworks, 'of'>;
  /** Unset: no fees are sponsored. */
  readonly sponsoring: Pick<Sponsoring, 'bind' | 'unbind'> | undefined;
  readonly observer: Pick<PaymentObserver, 'aroundClaim'>;
  /** Unset: nothing is listed. */
  readonly discovery: Pick<Discovery, 'candidateOf'> | undefined;
  /** POSIX milliseconds. */
  readonly clock: () => number;
}): ClaimPayment {
  return async (payment, request, { binding, call, traceparent, redeemed }) => {
    const { journal, chain } = networks.of(payment.network);
    const { timeline } = await chain.facts.get();
    const { ttl } = payment;
    const expiresAtMs = ttl === undefined ? clock() + HELD_WITHOUT_TTL_MS : slotStartMs(timeline, ttl);
    const candidate = discovery?.candidateOf(request);
    const { keyName } = call;
    const claim: SettlementClaim = {
      ...claimOf(payment, request, { binding, expiresAtMs, keyName, traceparent, candidate }),
      ...redeemed,
    };
    const bound = await bindReservation(payment, request, expiresAtMs);
    if (!bound.ok) return bound;
    const claimed = await observer.aroundClaim(claim, () => journal.claim(claim, call));
    // The payer's next attempt can use the reservation at once.
    if (claimed.kind !== 'claimed' && claimed.kind !== 'joined') await sponsoring?.unbind(payment);
    return ok(claimed);
  };

  /** Gives a sponsored payment its reservation, or says why it cannot have it. */
  async function bindReservation(
    payment: AcceptedPayment,
    request: PaymentRequestBody,
    expiresAtMs: number,
  ): Promise<Result<undefined, Refusal>> {
    if (payment.sponsorship === undefined || sponsoring === undefined) return ok(undefined);
    if (sponsoredRequestOf(request) !== undefined) return sponsoring.bind(payment, expiresAtMs);
    return err({
      code: schemes.of(payment.scheme).codes.malformedRequest,
      message: 'paymentRequirements: larger than a sponsored payment may be',
      payer: payment.payer,
    });
  }
}
