import type { AssetId } from '../../../ledger/primitives/asset.js';
import type { RefusalCode } from './codes.js';
import type {
  ChainFacts,
  NetworkKnown,
  PayerKnown,
  PaymentKnown,
  PriceKnown,
  RequestFacts,
  TimeoutKnown,
  TransactionFacts,
} from './facts.js';
import type { Refusal, TransferMethod } from './terms.js';

/** What is known of a request when its transfer method judges it: rules 1 to 10 have passed. */
export type MethodRequestFacts = RequestFacts & NetworkKnown & PriceKnown & TimeoutKnown;

/** What is known of a transaction when its transfer method judges it: rules 11 to 21 have passed. */
export type MethodTransactionFacts = TransactionFacts & PaymentKnown;

/** What is known of the chain when the transfer method judges a payment: rules 22 to 28 have passed. */
export type MethodChainFacts = ChainFacts & PayerKnown;

/**
 * What a transfer method demands beyond the rules that hold for every payment (rule 29). It judges in three steps, each
 * as early as its facts are there, so that a mistake in the requirements costs neither decoding nor a chain call.
 */
export interface TransferMethodRules {
  readonly method: TransferMethod;
  /** Every code that one of its steps can refuse with. */
  readonly codes: readonly RefusalCode[];
  /** Where its rules come from. */
  readonly source: string;
  /**
   * Step 1, after rule 10: the requirements alone. A seller's mistake, so that it is named in terms of
   * `paymentRequirements`.
   */
  checkRequirements(facts: MethodRequestFacts): MethodChecks | Refusal;
}

/** What a transfer method still has to check of a payment whose requirements are sound. */
export interface MethodChecks {
  /**
   * Identifies terms that only one transaction may ever pay (Masumi, lowercase hex): it becomes a part of the settlement's
   * claim.
   */
  readonly termsDigest?: string;
  /** The asset about which step 3 wants a fact (Masumi: the seller's entry in the registry). */
  readonly registryAsset?: AssetId;
  /** Step 2, after rule 21: the transaction. Runs for a transaction on the ledger too: its terms must still hold. */
  readonly checkTransaction: (facts: MethodTransactionFacts) => Refusal | undefined;
  /** Step 3, after rule 28: what only the chain can say. Does not run for a transaction on the ledger. */
  readonly checkAgainstChain: (facts: MethodChainFacts) => Refusal | undefined;
}

/** A step that has nothing to check. */
export function nothingToCheck(): undefined {}
