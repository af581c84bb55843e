import {
  type AcceptedPayment,
  type Network,
  type Refusal,
  SUPPORTED_SCHEMES,
} from '@x402-facilitator/cardano';
import { type BindOutcome, type SponsorshipStore, sponsorshipIdSchema } from '@x402-facilitator/journal';

/** Gives a payment the reservation that it names, around its claim; nothing happens to one that names none. */
export type BindSponsorship = {
  /** A refusal when somebody else was faster; undefined when the payment may be claimed. */
  bind(payment: AcceptedPayment, expiresAtMs: number): Promise<Refusal | undefined>;
  /** Takes it back from a payment that was not claimed after all. */
  unbind(payment: AcceptedPayment): Promise<void>;
};

export function createBindSponsorship(stores: ReadonlyMap<Network, SponsorshipStore>): BindSponsorship {
  const storeOf = ({ network }: AcceptedPayment): SponsorshipStore => {
    const store = stores.get(network);
    if (store === undefined) throw new RangeError(`no sponsorships are kept for ${network}`);
    return store;
  };
  return {
    async bind(payment, transactionExpiresAtMs) {
      const { sponsorship, txHash, payer } = payment;
      if (sponsorship === undefined) return undefined;
      const outcome = await storeOf(payment).bind({
        id: sponsorshipIdSchema.parse(sponsorship.id),
        transaction: txHash,
        payer,
        input: sponsorship.output,
        transactionExpiresAtMs,
      });
      return outcome.kind === 'bound' ? undefined : { payer, ...wordsFor(outcome, payment.scheme) };
    },

    async unbind(payment) {
      const { sponsorship, txHash } = payment;
      if (sponsorship === undefined) return;
      const id = sponsorshipIdSchema.parse(sponsorship.id);
      await storeOf(payment).unbind({ id, transaction: txHash });
    },
  };
}

function wordsFor(
  outcome: Exclude<BindOutcome, { kind: 'bound' }>,
  scheme: string,
): Pick<Refusal, 'code' | 'message'> {
  const code = SUPPORTED_SCHEMES.of(scheme).codes.sponsorship[outcome.kind];
  switch (outcome.kind) {
    case 'unknown':
      return {
        code,
        message: 'sponsorship: there is no such reservation any more',
      };
    case 'expired':
      return { code, message: 'sponsorship: the reservation ran out just now' };
    case 'mismatch':
      return {
        code,
        message: 'sponsorship: the reservation is another payer’s or of another output',
      };
    case 'used':
      return {
        code,
        message: `sponsorship: expected an unused reservation, found it used by transaction ${outcome.by}`,
      };
  }
}
