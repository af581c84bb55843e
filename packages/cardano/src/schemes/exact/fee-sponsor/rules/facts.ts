import type { VkeyWitness } from '../../../../ledger/transaction/transaction.js';
import type {
  ChainFacts,
  NetworkKnown,
  PaymentKnown,
  PriceKnown,
  RequestFacts,
  TransactionFacts,
  TransactionKnown,
  TtlKnown,
} from '../../facts/facts.js';
import type { MethodKnown } from '../../facts/transfer-method.js';
import type { FeeSponsorOffer } from '../offer.js';

/** What the request's rules start from: the scheme's rules on the request have passed. */
export type OfferRequestFacts = RequestFacts & NetworkKnown & PriceKnown & MethodKnown;

/** The rule of the offer. */
export type OfferKnown = { readonly offer?: FeeSponsorOffer | undefined };

/** The rule of the seller's witness. */
export type WitnessKnown = { readonly sponsorWitness?: VkeyWitness | undefined };

/** What the completion of the transaction starts from. */
export type OfferEncodingFacts = TransactionKnown & OfferKnown & WitnessKnown;

/** What the transaction's rules start from: it spends the offered output. */
export type OfferTransactionFacts = TransactionFacts &
  PaymentKnown &
  TtlKnown & { readonly offer: FeeSponsorOffer; readonly sponsorshipId?: string | undefined };

/** What the chain's rules start from: the scheme's rules on the outputs have passed. */
export type OfferChainFacts = ChainFacts & { readonly offer: FeeSponsorOffer };
