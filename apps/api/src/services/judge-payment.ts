import type { Network, OutRefKey, PaymentRequest, TxHash, Verdict } from '@x402-facilitator/cardano';
import type { InFlight, Settlement } from '@x402-facilitator/shared/journal';

/** What is in flight here for a transaction and its inputs. */
export type LookUpInFlight = (
  network: Network,
  transaction: TxHash,
  inputs: readonly OutRefKey[],
) => Promise<InFlight>;

/** A payment as the rules see it, and what this facilitator already knows of its transaction. */
export type Judgement = {
  readonly verdict: Verdict;
  /** The settlement that exists for this transaction: its ledger rules were judged when it was claimed. */
  readonly settlement?: Settlement | undefined;
};

/**
 * Judges one payment (docs/verification.md).
 *
 * @param options.fresh true reads every chain fact anew; false allows the cache.
 * @throws JournalUnavailableError what `lookUpInFlight` throws passes through.
 */
export type JudgePayment = (
  request: PaymentRequest,
  options: { readonly fresh: boolean; readonly lookUpInFlight: LookUpInFlight },
) => Promise<Judgement>;
