import type {
  Accepted,
  Network,
  OutRefKey,
  PaymentRequest,
  Refusal,
  Result,
  SponsorshipFact,
  TxHash,
} from '@x402-facilitator/cardano';
import type { LookupCaller } from '@x402-facilitator/chain';
import type { InFlight, Settlement } from '@x402-facilitator/journal';

/** What is in flight here for a transaction, its inputs and the terms that only one transaction may pay. */
export type LookUpInFlight = (
  network: Network,
  txHash: TxHash,
  inputs: readonly OutRefKey[],
  termsDigest: string | undefined,
) => Promise<InFlight>;

/** What is known of the reservation by which a transaction wants its fee paid. */
export type LookUpSponsorship = (network: Network, id: string, txHash: TxHash) => Promise<SponsorshipFact>;

/** A payment as the rules see it, and what this facilitator already knows of its transaction. */
export type Judgement = {
  readonly verdict: Result<Accepted, Refusal>;
  /**
   * The settlement that exists for this transaction. The ledger judged it when it was claimed, or has it by now, so
   * the verdict speaks of the terms alone (docs/verification.md, "Already on the ledger").
   */
  readonly settlement?: Settlement | undefined;
};

/**
 * Judges one payment (docs/verification.md).
 *
 * @param options.fresh true reads every chain fact anew, as `/settle` must; false allows the cache.
 * @param options.caller pays for the look-ups; unset: this facilitator itself asks.
 * @param options.lookUpInFlight asked once the transaction's id, inputs and terms are known, and once more before the chain's
 *   word refuses the payment, because it can have been settled meanwhile; nothing is in flight when unset.
 * @param options.lookUpSponsorship asked beside it, for a payment that names a reservation; there is none when unset.
 * @returns a chain that cannot be read is a refusal too, with a code that is retryable.
 * @throws what `lookUpInFlight` and `lookUpSponsorship` throw.
 * @throws LookupLimitError when the caller's allowance has no room for what has to be looked up.
 */
export type Verifier = (
  request: PaymentRequest,
  options: {
    readonly fresh: boolean;
    readonly caller?: LookupCaller | undefined;
    readonly lookUpInFlight?: LookUpInFlight | undefined;
    readonly lookUpSponsorship?: LookUpSponsorship | undefined;
  },
) => Promise<Judgement>;
