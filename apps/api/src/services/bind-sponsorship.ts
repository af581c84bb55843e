import type { Network, Refusal, VerifiedPayment } from '@x402-facilitator/cardano';
import { type BindOutcome, type SponsorshipStore, sponsorshipIdSchema } from '@x402-facilitator/journal';

const P = 'invalid_exact_cardano_payload';

/** Gives a payment the reservation that it names, around its claim; nothing happens to one that names none. */
export type BindSponsorship = {
  /** A refusal when somebody else was faster; undefined when the payment may be claimed. */
  bind(payment: VerifiedPayment, expiresAtMs: number): Promise<Refusal | undefined>;
  /** Takes it back from a payment that was not claimed after all. */
  unbind(payment: VerifiedPayment): Promise<void>;
};

export function createBindSponsorship(stores: ReadonlyMap<Network, SponsorshipStore>): BindSponsorship {
  const storeOf = ({ terms: { network } }: VerifiedPayment): SponsorshipStore => {
    const store = stores.get(network);
    if (store === undefined) throw new RangeError(`no sponsorships are kept for ${network}`);
    return store;
  };
  return {
    async bind(payment, transactionExpiresAtMs) {
      const { sponsorship, transaction, payer } = payment;
      if (sponsorship === undefined) return undefined;
      const outcome = await storeOf(payment).bind({
        id: sponsorshipIdSchema.parse(sponsorship.id),
        txHash: transaction.id,
        payer,
        input: sponsorship.output,
        transactionExpiresAtMs,
      });
      return outcome.kind === 'bound' ? undefined : { kind: 'refused', payer, ...wordsFor(outcome) };
    },

    async unbind(payment) {
      const { sponsorship, transaction } = payment;
      if (sponsorship === undefined) return;
      const id = sponsorshipIdSchema.parse(sponsorship.id);
      await storeOf(payment).unbind({ id, txHash: transaction.id });
    },
  };
}

function wordsFor(outcome: Exclude<BindOutcome, { kind: 'bound' }>): Pick<Refusal, 'code' | 'message'> {
  switch (outcome.kind) {
    case 'unknown':
      return {
        code: `${P}_sponsorship_unknown`,
        message: 'sponsorship: there is no such reservation any more',
      };
    case 'expired':
      return { code: `${P}_sponsorship_expired`, message: 'sponsorship: the reservation ran out just now' };
    case 'mismatch':
      return {
        code: `${P}_sponsorship_mismatch`,
        message: 'sponsorship: the reservation is another payer’s or of another output',
      };
    case 'used':
      return {
        code: `${P}_sponsorship_used`,
        message: `sponsorship: expected an unused reservation, found it used by transaction ${outcome.by}`,
      };
  }
}
