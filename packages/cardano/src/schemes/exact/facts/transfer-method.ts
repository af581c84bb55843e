import type { AssetId } from '../../../ledger/primitives/asset.js';
import type { Transaction } from '../../../ledger/transaction/transaction.js';
import type { Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
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
import type { TransferMethod } from './terms.js';

/** What is known about a request when its transfer method judges it. */
export type MethodRequestFacts = RequestFacts & NetworkKnown & PriceKnown & TimeoutKnown;

/** What is known about a transaction when its transfer method judges it. */
export type MethodTransactionFacts = TransactionFacts & PaymentKnown;

/** What is known about the chain when the transfer method judges a payment. */
export type MethodChainFacts = ChainFacts & PayerKnown;

/** A check's outcome: nothing, or a refusal. */
export type Checked = Result<undefined, Refusal>;

/**
 * The rules of a transfer method, beyond those for every payment. Each of its steps runs as soon as its facts are
 * known, so that a mistake in the requirements costs neither decoding nor a chain call.
 */
export interface TransferMethodRules {
  readonly method: TransferMethod;
  /** Every code that one of its steps can refuse with. */
  readonly codes: readonly RefusalCode[];
  /** Where its rules come from. */
  readonly source: string;
  /**
   * Step 1: the requirements alone. A mistake in them is the seller's: messages name the path in `paymentRequirements`.
   */
  checkRequirements(facts: MethodRequestFacts): Result<MethodChecks, Refusal>;
}

/** What a transfer method still has to check about a payment whose requirements are sound. */
export interface MethodChecks {
  /**
   * Identifies terms that only one transaction may ever pay (Masumi, lowercase hex). The settlement's claim includes it.
   */
  readonly termsDigest?: string;
  /** Who is paid in the end, where `payTo` does not say so: addresses (Masumi: the seller's). */
  readonly otherParties?: readonly string[];
  /** The asset that step 3 needs a fact about (Masumi: the seller's entry in the registry). */
  readonly registryAsset?: AssetId;
  /** Before the rule on every payment's TTL, for a method whose own rule on it has a code of its own. */
  readonly checkValidity?: (transaction: Pick<Transaction, 'ttl'>) => Checked;
  /** Step 2: the transaction. Runs for one that was broadcast here too: its terms must still hold. */
  readonly checkTransaction: (facts: MethodTransactionFacts) => Checked;
  /** Step 3: what only the chain can say. Does not run for a transaction that was broadcast here. */
  readonly checkAgainstChain: (facts: MethodChainFacts) => Checked;
}

export type MethodKnown = { readonly method: TransferMethod; readonly methodRules: TransferMethodRules };
export type MethodChecksKnown = { readonly methodChecks: MethodChecks };
