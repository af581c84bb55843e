import {
  type AcceptedPayment,
  err,
  type Network,
  ok,
  type Refusal,
  type Result,
  type SchemeRegistry,
} from '@x402-facilitator/cardano';
import { type BindOutcome, type SponsorshipStore, sponsorshipIdSchema } from '@x402-facilitator/journal';

/** Binds a payment to the reservation that it names, before its claim. Does nothing for a payment without one. */
export type BindSponsorship = {
  /** Says whether the payment may be claimed, or why it cannot have the reservation any more. */
  bind(payment: AcceptedPayment, expiresAtMs: number): Promise<Result<undefined, Refusal>>;
  /** Undoes the binding of a payment that was not claimed after all. */
  unbind(payment: AcceptedPayment): Promise<void>;
};

export function createBindSponsorship({
  stores,
  schemes,
}: {
  readonly stores: ReadonlyMap<Network, SponsorshipStore>;
  readonly schemes: SchemeRegistry;
}): BindSponsorship {
  const storeOf = ({ network }: AcceptedPayment): SponsorshipStore => {
    const store = stores.get(network);
    if (store === undefined) throw new RangeError(`no sponsorships are kept for ${network}`);
    return store;
  };
  return {
    async bind(payment, transactionExpiresAtMs) {
      const { sponsorship, txHash, payer } = payment;
      if (sponsorship === undefined) return ok(undefined);
      const outcome = await storeOf(payment).bind({
        id: sponsorshipIdSchema.parse(sponsorship.id),
        txHash,
        payer,
        input: sponsorship.output,
        transactionExpiresAtMs,
      });
      if (outcome.kind === 'bound') return ok(undefined);
      const { codes } = schemes.of(payment.scheme);
      return err({
        payer,
        code: codes.sponsorship[outcome.kind === 'unreadable' ? 'unavailable' : outcome.kind],
        message: `sponsorship: ${reasonOf(outcome)}`,
      });
    },

    async unbind(payment) {
      const { sponsorship, txHash } = payment;
      if (sponsorship === undefined) return;
      const id = sponsorshipIdSchema.parse(sponsorship.id);
      await storeOf(payment).unbind({ id, txHash });
    },
  };
}

function reasonOf(outcome: Exclude<BindOutcome, { kind: 'bound' }>): string {
  switch (outcome.kind) {
    case 'unreadable':
      return 'the record of the reservation, or its books, cannot be read now';
    case 'unknown':
      return 'the reservation does not exist any more';
    case 'expired':
      return 'the reservation has just expired';
    case 'mismatch':
      return 'the reservation is for another payer or another output';
    case 'used':
      return `expected an unused reservation, found it used by transaction ${outcome.by}`;
  }
}
