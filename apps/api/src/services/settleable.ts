import {
  type Accepted,
  type AcceptedPayment,
  err,
  ok,
  type Refusal,
  type Result,
  type SchemeRegistry,
} from '@x402-facilitator/cardano';

/** A payment that can be claimed and sent: its TTL is its end. */
export type SettleablePayment = AcceptedPayment & { readonly ttl: NonNullable<AcceptedPayment['ttl']> };

/** What is accepted, and can be settled here. What moves a channel is verified here so far, and settled elsewhere. */
export function settleableOf(
  accepted: Accepted,
  schemes: Pick<SchemeRegistry, 'of'>,
): Result<SettleablePayment, Refusal> {
  const { kind, scheme, payer } = accepted;
  if (kind === 'payment') {
    const { ttl } = accepted;
    if (ttl !== undefined) return ok({ ...accepted, ttl });
  }
  const why =
    kind === 'commitment'
      ? 'it sends no transaction: what it promises is redeemed later'
      : kind === 'payment'
        ? 'it has no TTL, which would end its settlement'
        : `this deployment does not settle a ${kind} yet`;
  return err({
    code: schemes.of(scheme).codes.notSettled,
    message: `expected a payment that can be settled here: ${why}`,
    payer,
  });
}
